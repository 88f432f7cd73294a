"""What the network learns from: sample number `index` of seed `seed`, made from the pictures as they stand."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import manifest, pictures
from models.detection import Frame
from models.manifest import Picture
from models.train import camera, clutter, compose, framing, plume
from models.train.compose import Scene
from models.train.plume import Mask

SMOKE_SHARE = 0.42  # of the samples: pictures of real smoke
CLEAR_SHARE = 0.12  # of these: a part that shows none
COMPOSED_SHARE = 0.35, 1.0  # of the others without fire get a plume: so many, and so many more the more a scene is a
# view of sky over land. Without composing a first model found 0 of 17 far plumes.
ATTEMPTS = 3  # plumes tried on a scene before it is left bare
LOOKALIKE_SHARE = 0.2  # of what then has no plume: gets a fog bank, dust or steam
FLAME_SHARE = 0.2  # of what then has neither: gets flames without smoke
HAZE_SHARE = 0.15
VEIL_SHARE = 0.12  # rain, insects, glare, infra-red night, with and without smoke
SCENE_SHARE = 0.08  # of the bare ones: frames of scene films, a real far view
DOUBTFUL = frozenset(Path(__file__).with_name("doubtful.txt").read_text(encoding="utf-8").split())
"""Pictures labelled free of smoke in which a first model saw some, and a person too: nothing is learned from them."""

Sample = tuple[NDArray[np.uint8], NDArray[np.float32], np.float32]
"""Input (3 x height x width, RGB), target grid (1, 0 or framing.IGNORED), whether there is smoke (1.0 or 0.0)."""


@dataclass(frozen=True, slots=True)
class Material:
    """What samples are made from: pictures with smoke, scenes without, and plumes lifted from films."""

    smoky: tuple[Picture, ...]
    clear: tuple[Picture, ...]
    scenes: tuple[Frame, ...] = ()
    plumes: tuple[Mask, ...] = ()


def gathered(folder: Path, split: str, plume_films: tuple[Path, ...], scene_films: tuple[Path, ...]) -> Material:
    """The material of one split of a folder (see models.manifest) and of films; ValueError where a part is missing."""
    named = (picture for picture in manifest.read(folder) if picture.path.name not in DOUBTFUL)
    rows = tuple(picture for picture in named if picture.split == split)
    smoky = tuple(picture for picture in rows if picture.smoke)
    clear = tuple(picture for picture in rows if not picture.smoke)
    if not smoky or not clear:
        raise ValueError(
            f"{folder}: split {split!r} 中有烟 {len(smoky)} 张、无烟 {len(clear)} 张，两者都需要 / "
            f"split {split!r} has {len(smoky)} pictures with smoke and {len(clear)} without; both are needed"
        )
    scenes = tuple(frame for path in scene_films for frame in frames(path, 4))
    lifted = (plume.lifted(frame) for path in plume_films for frame in frames(path, 3))
    return Material(smoky, clear, scenes, tuple(cut for cut in lifted if cut is not None))


def frames(path: Path, every: int) -> list[Frame]:
    """Every so many frames of a film; OSError where it can't be opened."""
    video = pictures.Video.opened(str(path))
    if video is None:
        raise OSError(f"{path}: 无法打开视频 / the film can't be opened; expected a video file")
    found = []
    while (frame := video.read()) is not None:
        found.append(frame)
    video.close()
    return found[::every]


class Samples:
    """All samples of one seed, as a sequence of unbounded length: nothing is remembered from one to the next."""

    def __init__(self, material: Material, seed: int, view: tuple[int, int], part: tuple[int, int]) -> None:
        """`view` is the network's input as (width, height); samples are parts of it, `part` in size."""
        self._material = material
        self._seed = seed
        self._view = view
        self._part = part
        self._pick_clear = _by_source(material.clear)
        self._fires = tuple(row for row in material.clear if row.boxes)

    def __getitem__(self, index: int) -> Sample:
        rng = np.random.default_rng((self._seed, index))
        scene, smoke = self._scene(rng)
        if rng.random() < 0.5:
            scene = framing.mirrored(scene)
        frame = camera.hazed(rng, scene.frame) if rng.random() < HAZE_SHARE else scene.frame
        frame = clutter.weathered(rng, frame) if rng.random() < VEIL_SHARE else frame
        scene = framing.windowed(rng, Scene(camera.photographed(rng, frame), scene.mask), self._view, self._part)
        return *framing.tensors(scene), np.float32(smoke)

    def _scene(self, rng: Generator) -> tuple[Scene, bool]:
        if rng.random() >= SMOKE_SHARE:
            return self._bare_or_composed(rng)
        picture = self._material.smoky[int(rng.integers(len(self._material.smoky)))]
        frame = pictures.load(picture.path)
        scene = Scene(frame, framing.masked(picture, frame.shape[1], frame.shape[0]))
        part = framing.clear(rng, scene) if rng.random() < CLEAR_SHARE else None
        return (part, False) if part else (scene, True)

    def _bare_or_composed(self, rng: Generator) -> tuple[Scene, bool]:
        bare, fire = self._bare(rng)
        if fire:
            return bare, False
        least, more = COMPOSED_SHARE
        made = self.with_plume(rng, bare) if rng.random() < least + more * compose.horizon(bare.frame)[1] else None
        if made:
            return made, True
        if rng.random() < LOOKALIKE_SHARE:
            return Scene(clutter.lookalike(rng, bare.frame), bare.mask), False
        flames = self._flames(rng) if rng.random() < FLAME_SHARE else None
        return (bare if flames is None else Scene(clutter.flames(rng, bare.frame, flames), bare.mask)), False

    def _bare(self, rng: Generator) -> tuple[Scene, bool]:
        """A scene without smoke, and whether fire is in it: a plume before flames teaches nothing."""
        scenes, fire = self._material.scenes, False
        if scenes and rng.random() < SCENE_SHARE:
            frame = scenes[int(rng.integers(len(scenes)))]
        else:
            picture = self._pick_clear(rng)
            frame, fire = pictures.load(picture.path), bool(picture.boxes)
        return Scene(frame, np.zeros(frame.shape[:2], np.uint8)), fire

    def _flames(self, rng: Generator) -> Frame | None:
        if not self._fires:
            return None
        picture = self._fires[int(rng.integers(len(self._fires)))]
        box = picture.boxes[int(rng.integers(len(picture.boxes)))]
        frame = pictures.load(picture.path)
        height, width = frame.shape[:2]
        rows = slice(max(0, int(box.y * height)), max(0, int((box.y + box.height) * height)))
        cut = frame[rows, max(0, int(box.x * width)) : max(0, int((box.x + box.width) * width))]
        return cut if min(cut.shape[:2]) >= 8 else None

    def with_plume(self, rng: Generator, scene: Scene) -> Scene | None:
        """The scene with a plume that can be seen: drawn or filmed, coloured by numbers or by a cut of real smoke."""
        films = self._material.plumes
        for _ in range(ATTEMPTS):
            if films and rng.random() < 0.4:
                opacity = plume.filmed(rng, films[int(rng.integers(len(films)))])
            else:
                opacity = plume.drawn(rng)
            cut = self._cut(rng) if rng.random() < 0.4 else None
            if made := compose.composed(rng, scene.frame, opacity, cut):
                return made
        return None

    def _cut(self, rng: Generator) -> Frame | None:
        picture = self._material.smoky[int(rng.integers(len(self._material.smoky)))]
        frame = pictures.load(picture.path)
        core = framing.masked(picture, frame.shape[1], frame.shape[0]) == compose.CORE
        if core.sum() < 1000:
            return None
        rows, columns = np.nonzero(core)
        cut = frame[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        red_over_blue = float(cut[:, :, 2].mean()) - float(cut[:, :, 0].mean())
        return cut if red_over_blue < 25 else None  # else it is flame and its glow, not smoke


def _by_source(rows: tuple[Picture, ...]) -> Callable[[Generator], Picture]:
    """A choice of pictures in which a source weighs by the root of its size: 862 bare skies unlearn far smoke."""
    groups = [[row for row in rows if row.source == source] for source in sorted({row.source for row in rows})]
    weights = np.array([math.sqrt(len(group)) for group in groups])

    def pick(rng: Generator) -> Picture:
        group = groups[int(rng.choice(len(groups), p=weights / weights.sum()))]
        return group[int(rng.integers(len(group)))]

    return pick
