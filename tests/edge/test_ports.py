"""Where a bus is reached: three ways to write it, everything else a fault, and two spellings of one place."""

import pytest

from edge.ports import Place, Way, parsed, same


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/dev/ttyUSB0", Place(Way.SERIAL, "/dev/ttyUSB0")),
        ("/dev/serial/by-path/x:1.0-port0", Place(Way.SERIAL, "/dev/serial/by-path/x:1.0-port0")),
        (
            "socket://10.0.0.7:4196",
            Place(Way.RTU_OVER_TCP, "socket://10.0.0.7:4196", "10.0.0.7", 4196),
        ),
        ("tcp://plc.local:502", Place(Way.TCP, "tcp://plc.local:502", "plc.local", 502)),
        ("tcp://[fe80::1]:502", Place(Way.TCP, "tcp://[fe80::1]:502", "fe80::1", 502)),
    ],
)
def test_the_three_ways(text: str, place: Place) -> None:
    assert parsed(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "COM3", "ttyUSB0", "dev/ttyUSB0", "10.0.0.7:502", "tcp:10.0.0.7:502", "http://10.0.0.7:502"),
        *("tcp://10.0.0.7", "tcp://:502", "tcp://h:0", "tcp://h:70000", "tcp://h:x", "tcp://[::1", "socket://h"),
        *("tcp://h:502/unit", "tcp://h:502?x=1", "socket://h:1#y", "tcp://user:secret@h:502", "TCP://h:502"),
    ],
)
def test_everything_else_is_told_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"应为 /dev/.* / expected /dev/.*tcp://host:port") as caught:
        parsed(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/dev/ttyS1", "/dev//ttyS1"),
        ("/dev/ttyS1", "/dev/serial/../ttyS1"),
        ("tcp://plc:502", "tcp://PLC:502"),
        ("tcp://plc:502", "socket://plc:502"),
        ("tcp://[fe80::a]:502", "tcp://[FE80::A]:502"),
    ],
)
def test_two_spellings_of_one_place(one: str, other: str) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize(("one", "other"), [("tcp://a:502", "tcp://a:503"), ("/dev/a", "/dev/b"), ("x", "y"), (1, 2)])
def test_different_places(one: object, other: object) -> None:
    assert same(one) != same(other)
