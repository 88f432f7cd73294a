"""How the detector is made: composing, training, exporting; torch is imported here and nowhere else.

Rules: a sample is a function of (seed, index) alone, so a run can be repeated and resumed; checkpoints are chosen on
pictures held out of `train`; the folder `devtest` is never read here.
"""
