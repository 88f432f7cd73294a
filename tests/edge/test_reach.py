"""One way from a port to what asks there; and what a person may type for a port."""

from pathlib import Path

import pytest

from edge.ports import Way
from edge.reach import framing, master, typed
from hil.virtual.tcp import TcpStand
from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.asks import Answer
from sensors.modbus.line import Patience
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave
from sensors.modbus.tcp import Tcp
from sensors.profile import Profile


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile)
    return found


@pytest.mark.parametrize(
    ("text", "way", "kind"),
    [
        ("/dev/ttyUSB0", Way.SERIAL, Master),
        ("socket://10.0.0.7:4001", Way.RTU_OVER_TCP, Master),
        ("tcp://10.0.0.7:502", Way.TCP, Tcp),
    ],
)
def test_every_way_has_its_master(text: str, way: Way, kind: type) -> None:
    place = typed(text)
    assert (place.way, place.text) == (way, text)
    made = master(place, Framing(), HandClock())
    assert isinstance(made, kind)
    made.close()


def test_a_modbus_tcp_device_answers_through_it() -> None:
    stand = TcpStand([Slave(profile("xy-md02"), 1, {"temperature": 20.0})])
    asking = master(typed(f"tcp://127.0.0.1:{stand.port}"), Framing(), HandClock())
    try:
        assert asking.read(1, Block(Table.INPUT, 1, 1), Patience(1.0)) == Answer((200,))
    finally:
        asking.close()
        stand.close()


def test_a_path_from_here_and_a_bare_name_are_serial_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed("line").text == str(tmp_path / "line")
    assert typed("null").text == "/dev/null"


@pytest.mark.parametrize("text", ["tcp://10.0.0.7", "udp://10.0.0.7:502", "tcp://:502"])
def test_what_names_no_place_is_told_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"应为 /dev/.*expected /dev/"):
        typed(text)


def test_an_empty_text_is_no_port() -> None:
    assert typed("").text != "/dev"


def test_characters_stand_as_they_leave_the_factory_unless_told() -> None:
    assert framing(profile("renke-rs-ws")) == Framing(4800, "N", 1)
    assert framing(profile("renke-rs-ws"), 19200, "E", 2) == Framing(19200, "E", 2)
    unknown = profile("renke-rs-ws").model_copy(
        update={"transport": profile("renke-rs-ws").transport.model_copy(update={"baudrate": None})}
    )
    assert framing(unknown).baudrate == 9600
