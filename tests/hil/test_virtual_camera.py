"""The virtual web camera, seen by the product's own reader and by FFmpeg, which nobody here wrote."""

import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest

from hil.virtual.camera import serve
from hil.virtual.scene import Scene
from models.pictures import Video, decode, jpeg


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(width=320, height=180, smoke_at=None)


def test_ffmpeg_reads_the_stream(scene: Scene) -> None:
    with serve(scene, fps=25.0) as camera:
        video = Video.opened(camera.url)
        assert video is not None
        frames = [video.read() for _ in range(5)]
        video.close()
    shapes = [frame.shape for frame in frames if frame is not None]
    assert shapes == [(180, 320, 3)] * 5


def test_a_snapshot_is_one_picture(scene: Scene) -> None:
    with serve(scene) as camera, urlopen(camera.snapshot_url, timeout=5) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert decode(answer.read()).shape == (180, 320, 3)


def test_other_paths_are_refused(scene: Scene) -> None:
    with serve(scene) as camera, pytest.raises(HTTPError) as refusal:
        urlopen(f"http://{camera.host}:{camera.port}/admin", timeout=5)
    with refusal.value:
        assert refusal.value.code == 404


def test_a_folder_is_played_round_and_round(tmp_path: Path) -> None:
    for index, level in enumerate((60, 180)):
        (tmp_path / f"{index}.png").write_bytes(jpeg(np.full((32, 32, 3), level, np.uint8)))
    seen = []
    with serve(tmp_path, fps=20.0) as camera:
        video = Video.opened(camera.url)
        assert video is not None
        while len(seen) < 3:
            frame = video.read()
            assert frame is not None
            level = round(float(frame.mean()), -1)
            seen += [level] if seen[-1:] != [level] else []
        video.close()
    assert seen == [60, 180, 60]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="没有图片"):
        serve(tmp_path)


def test_closing_ends_all_threads_with_clients_still_there(scene: Scene) -> None:
    before = threading.active_count()
    camera = serve(scene)
    clients = [urlopen(camera.url, timeout=5) for _ in range(3)]
    assert all(client.read(1) for client in clients)
    camera.hang()
    camera.close()
    assert threading.active_count() == before
    for client in clients:
        client.close()


def test_the_same_port_can_be_taken_again(scene: Scene) -> None:
    with serve(scene) as first:
        port = first.port
    with serve(scene, port=port) as again, urlopen(again.snapshot_url, timeout=5) as answer:
        assert answer.status == 200
