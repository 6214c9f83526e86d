"""
How good a model is: accuracy, calibration of its scores, rejection of unknown input, a report.

In: logits and labels, or a model folder and labelled images. Out: figures, charts and
``report.html``. This room never knows how the model was made.
"""
