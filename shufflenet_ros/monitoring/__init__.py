"""
What is well and what is not: statistics of cameras and clock, and the rules that judge them.

In: arrivals, stage timings, counters and clock readings, with the time of each. Out: levels, and
one line that says why. This room reads no clock and never knows a message; it needs numpy alone.
"""
