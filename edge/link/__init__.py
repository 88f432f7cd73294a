"""The way to a broker: one connection, driven by the thread that owns it."""
