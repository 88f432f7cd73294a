"""The device: two programs from one code base, `sense` (buses) and `watch` (cameras), that meet only on disk.

Rules: only the supervisor starts threads; cores take time as an argument; paho stands in `link/mqtt.py` alone;
`app.py` builds everything and is read top to bottom.
"""
