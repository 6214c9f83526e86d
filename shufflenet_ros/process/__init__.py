"""
What a process needs around its work: entry points, signals, allocator, thread priority, files.

Standard library alone, so that it is ready before anything heavy is imported. This room never
knows what the process is for.
"""
