"""
The command line: one file for each verb of ``shufflenet_ros VERB``, its tables and progress bars.

In: words of the command line. Out: an exit code: 0 done, 1 failed (one line says why), 2 wrong
usage. Only a verb that runs imports what it needs.
"""
