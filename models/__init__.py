"""What the camera sees: detector, model card, confirmation over time, and how the model was trained and scored.

Rules: one door per outside library (`ort.py` for onnxruntime, `pictures.py` for cv2); `geometry.py` and
`episode.py` are pure; torch is imported below `train/` only; this package imports no other package of the product.
"""
