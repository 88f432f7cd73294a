"""The virtual site's own files pass the check that everybody's files pass."""

from pathlib import Path

from edge.config import read_site
from gateway.config import load
from hil.virtual import documented, files
from hil.virtual.bench import LinePlan, SlavePlan
from sensors.catalogue import Catalogue


def test_the_site_file_is_sound_and_names_everything(tmp_path: Path) -> None:
    path = files.site_toml(tmp_path, 12345, documented.lines(tmp_path), "http://127.0.0.1:1/stream")
    found = read_site(path, Catalogue())
    assert found.faults == ()
    assert found.file is not None
    assert found.file.gateway.port == 12345
    assert [len(bus.instruments) for bus in found.file.buses] == [4, 4]
    assert found.file.cameras[0].source == "http://127.0.0.1:1/stream"
    assert found.file.gateway.key == tmp_path / "certificates" / "site.key"


def test_without_a_camera(tmp_path: Path) -> None:
    found = read_site(files.site_toml(tmp_path, 1, documented.lines(tmp_path), None), Catalogue())
    assert found.file is not None
    assert found.file.cameras == ()


def test_each_instrument_at_its_own_pace(tmp_path: Path) -> None:
    line = LinePlan(str(tmp_path / "a"), 4800, (SlavePlan("renke-rs-ws", 1, {}, every=2.5),))
    found = read_site(files.site_toml(tmp_path, 1, [line], None), Catalogue())
    assert found.file is not None
    assert found.file.buses[0].baudrate == 4800
    assert found.file.buses[0].instruments[0].every == 2.5


def test_the_gateways_file_is_sound(tmp_path: Path) -> None:
    config = load(files.gateway_toml(tmp_path, 8883, 1884))
    assert not isinstance(config, tuple)
    assert config.site_ids == {files.SITE}
    assert config.broker.port == 8883
    assert config.county is not None
    assert config.county.port == 1884
    assert config.gateway.dir == tmp_path / "state"
