"""
From labelled images or a published checkpoint to a model folder, with PyTorch.

``train_model.py`` and ``import_model.py`` are the two ways, step by step; everything else is one
step of them. ``weights`` reads what others trained, ``fine_tuning`` trains. In: a request. Out: a
``ModelSpec`` of the folder that was written.
"""
