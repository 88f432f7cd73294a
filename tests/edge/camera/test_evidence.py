"""Evidence is the frame that was judged."""

import hashlib

import numpy as np

from edge.camera.evidence import evidence_of
from edge.camera.newest import Shot
from models.pictures import decode
from sensors.clock import HandClock


def test_evidence_is_the_frame_with_size_hash_and_time() -> None:
    frame = np.zeros((48, 80, 3), np.uint8)
    frame[:, 40:] = 200
    at = HandClock(5.0).now()
    evidence = evidence_of(Shot(frame, at), "field", "field-1")
    picture = decode(evidence.jpeg)
    assert picture.shape == (48, 80, 3)
    assert (evidence.width, evidence.height) == (80, 48)
    assert np.abs(picture.astype(int) - frame).mean() < 2
    assert evidence.sha256 == hashlib.sha256(evidence.jpeg).hexdigest()
    assert (evidence.camera, evidence.episode, evidence.at) == ("field", "field-1", at)
