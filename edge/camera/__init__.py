"""What a device does with a camera: catch the newest frame, judge it, keep the evidence, say how it goes."""
