"""The command line: one file per verb of ``shufflenet_ros VERB``."""
