"""
One run of fine-tuning: batches, gradients, an average of the weights, and a state to go on from.

In: a ``TrainingRequest`` and ``LoadedData``. Out: a ``TrainedNetwork``. ``run.py`` is the way in.
"""
