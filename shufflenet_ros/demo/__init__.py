"""
The demo: a camera over real images, and a screen that shows what the classifier says.

In: images of the scikit-image package or a video. Out: a live view, a summary, a contact sheet.
"""
