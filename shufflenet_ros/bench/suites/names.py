"""The suites: name on the command line to the file beside this one."""

SUITES = {
    'int8': 'int8', 'peers': 'engines', 'paper': 'paper', 'preprocess': 'preprocess',
    'threads': 'threads', 'floor': 'roofline', 'profile': 'operator_times',
    'footprint': 'footprint', 'node': 'node', 'soak': 'soak'}
