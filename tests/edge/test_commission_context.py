"""Which instrument of a site a technician works on: by its name, or by where it stands."""

from pathlib import Path

import pytest

from edge.commission.context import Context, context
from edge.ports import Place
from edge.reach import typed

SITE = """\
[site]
id = "farm-1"
state = "state"
[gateway]
host = "gateway.example"
ca = "/x"
certificate = "/x"
key = "/x"
[[buses]]
name = "wire"
port = "{port}"
[[buses.instruments]]
name = "air"
profile = "xy-md02"
[[buses.instruments]]
name = "pond"
profile = "yosemitech-y532"
address = 3
[[buses]]
name = "net"
port = "tcp://10.0.0.7:502"
[[buses.instruments]]
name = "meter"
profile = "eastron-sdm120"
address = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-path").symlink_to("ttyUSB0")
    (tmp_path / "site.toml").write_text(SITE.format(port=tmp_path / "by-path"), "utf-8")
    return tmp_path / "site.toml"


def found(file: Path | None, name: str | None, place: Place, address: int) -> Context:
    outcome = context(file, name, place, address)
    assert isinstance(outcome, Context), outcome
    return outcome


def test_by_where_it_stands(file: Path) -> None:
    here = typed(str(file.parent / "by-path"))
    assert found(file, None, here, 1).instrument == "air", "an address that the file leaves to the profile"
    assert found(file, None, here, 3).instrument == "pond"
    assert found(file, None, typed("tcp://10.0.0.7:502"), 3).instrument == "meter"
    assert found(file, None, here, 9).instrument == ""


def test_by_another_name_of_the_same_port(file: Path) -> None:
    assert found(file, None, typed(str(file.parent / "ttyUSB0")), 3).instrument == "pond"


def test_by_its_name_wherever_it_is_wired_now(file: Path) -> None:
    context_ = found(file, "pond", typed("/dev/ttyUSB7"), 1)
    assert context_.instrument == "pond"
    assert context_.state == file.parent / "state"


def test_a_name_that_the_site_has_not_is_a_fault(file: Path) -> None:
    faults = context(file, "lake", typed("/dev/ttyUSB7"), 1)
    assert isinstance(faults, tuple)
    assert "air, pond, meter" in faults[0].line("en")


def test_a_site_file_with_faults_is_told(file: Path) -> None:
    file.write_text("[site]\n", "utf-8")
    assert isinstance(context(file, None, typed("/dev/ttyUSB7"), 1), tuple)
    assert isinstance(context(file.parent / "gone.toml", None, typed("/dev/ttyUSB7"), 1), tuple)


def test_a_machine_without_a_site_has_none() -> None:
    if Path("/etc/luxi/site.toml").exists():
        pytest.skip("this machine is a site")
    assert found(None, None, typed("/dev/ttyUSB7"), 1) == Context(None, "")
