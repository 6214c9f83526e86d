"""Measure engines side by side, so that the figures can be believed."""
