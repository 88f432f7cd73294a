"""How good a value is: QARTOD's real-time tests, and their verdict joined with what is known of the instrument.

Rules: no value is changed or dropped, only its flag; time is the reading's own monotonic time; memory is bounded
whatever comes. Where this differs from ioos_qc stands in docs/decisions/0005-quality-deviations.md.
"""
