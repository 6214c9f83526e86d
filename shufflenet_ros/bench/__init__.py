"""
Measure engines and nodes side by side in one run, so that the figures can be believed.

``suites`` say what is compared, ``runner`` times it in turns, ``engines``, ``networks`` and
``baseline`` are what ours is compared with, ``nodes`` the processes of the suites ``node`` and
``soak``.
"""
