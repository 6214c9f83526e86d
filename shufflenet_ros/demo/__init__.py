"""What the demo shows and counts, without any middleware."""
