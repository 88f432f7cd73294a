"""What nobody may see is black in a frame before the frame is kept, judged, stored or sent."""

import numpy as np

from edge.camera.look import Mask
from edge.camera.zones import Use, Zone
from models.detection import Frame
from models.pictures import blackened


class Veil:
    """A camera's zones to blacken."""

    def __init__(self, zones: tuple[Zone, ...] = ()) -> None:
        """Zones for other uses are passed over."""
        self._polygons = tuple(zone.points for zone in zones if zone.kind is Use.BLACKEN)

    def over(self, frame: Frame) -> Frame:
        """The frame with the zones black; the same frame where there are none."""
        return blackened(frame, self._polygons) if self._polygons else frame

    def seen(self, width: int, height: int) -> Mask:
        """Which pixels of a picture of this size, scaled from a veiled frame, hold nothing of a zone; False: black."""
        grown = self.over(np.full((height * 4, width * 4, 3), 255, np.uint8))[:, :, 0].reshape(height, 4, width, 4)
        return np.asarray(grown.min(axis=(1, 3)) == 255, np.bool_)
