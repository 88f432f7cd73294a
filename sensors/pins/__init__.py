"""Pins: contacts, pulse counters, lamps, sirens and relays on the board's own header.

`wiring` is what is told and heard, `header` the only door to gpiozero; `contact`, `counter` and `kinds` know no board.
"""
