"""The simulated instrument answers as its model does, from values or from documented frames, and errs when told to."""

import math

import pytest
from bus_kit import profile
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.modbus.frame import hear, read_request, sealed
from sensors.modbus.slave import Mishap, Slave

TH = bytes.fromhex("01 03 00 00 00 02 C4 0B")  # Renke RS-WS manual


def renke() -> Slave:
    return Slave(profile("renke-rs-ws"), values={"relative_humidity": 65.8, "temperature": -10.1})


def test_it_answers_from_its_values() -> None:
    slave = renke()
    assert slave.answer(TH) == bytes.fromhex("01 03 04 02 92 FF 9B 5A 3D")
    slave.set("temperature", 20)
    assert slave.answer(TH) == sealed(bytes.fromhex("01 03 04 02 92 00 C8"))
    assert slave.get("temperature") == 20.0


def test_a_channel_without_a_value_reads_zero() -> None:
    assert Slave(profile("renke-rs-ws")).answer(TH) == sealed(bytes.fromhex("01 03 04 00 00 00 00"))


def test_documented_frames_go_first() -> None:
    serial = bytes.fromhex("01 03 14 00 00 06 C0 38")
    answer = bytes.fromhex("01 03 0C 59 4C 30 31 31 34 30 31 30 30 32 32 28 C6")
    slave = Slave(profile("yosemitech-y4000"), documented={serial: answer})
    assert slave.answer(serial) == answer
    slave.mishap = Mishap.SILENT
    assert slave.answer(serial) is None


@pytest.mark.parametrize("request_", [TH[:-1], TH[:-1] + b"\x00", sealed(b"\x02" + TH[1:-2]), b"", b"\x01"])
def test_it_is_silent_to_what_is_damaged_or_for_others(request_: bytes) -> None:
    assert renke().answer(request_) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("01 04 00 00 00 02", 2),
        ("01 03 00 00 00 03", 2),
        ("01 03 00 05 00 01", 2),
        ("01 03 00 00 00 00", 2),
        ("01 2B 0E 01 00", 1),
    ],
)
def test_what_it_has_not_it_refuses(body: str, code: int) -> None:
    request = sealed(bytes.fromhex(body))
    assert renke().answer(request) == sealed(bytes([1, request[1] | 0x80, code]))


def test_models_that_do_not_answer_what_they_lack_are_silent() -> None:
    probe = Slave(profile("yosemitech-y504"), absent=["dissolved_oxygen"])
    assert probe.answer(read_request(1, Block(Table.HOLDING, 0x2600, 4))) is not None
    assert probe.answer(read_request(1, Block(Table.HOLDING, 0x2600, 6))) is None
    assert probe.answer(read_request(1, Block(Table.HOLDING, 0x2604, 2))) is None


def test_alignment_and_length_are_the_model_s() -> None:
    keller = Slave(profile("keller-series-30"))
    refused = sealed(b"\x01\x83\x02")
    assert keller.answer(read_request(1, Block(Table.HOLDING, 0x0101, 2))) == refused
    assert keller.answer(read_request(1, Block(Table.HOLDING, 0x0100, 1))) == refused
    assert keller.answer(read_request(1, Block(Table.HOLDING, 0x0100, 6))) == refused
    assert keller.answer(read_request(1, Block(Table.HOLDING, 0x0100, 4))) != refused


def test_holes_read_zero_where_the_model_lets_them_be_read() -> None:
    s8 = Slave(profile("senseair-s8"), values={"co2": 400})
    asked = bytes.fromhex("FE 04 00 00 00 04 E5 C6")  # TDE2067, appendix
    assert s8.answer(asked) == bytes.fromhex("FE 04 08 00 00 00 00 00 00 01 90 16 E6")


def test_names_that_the_profile_lacks_are_refused() -> None:
    with pytest.raises(KeyError, match="speed"):
        renke().set("speed", 1)
    with pytest.raises(KeyError, match="speed"):
        renke().get("speed")


def test_a_float_can_be_made_missing() -> None:
    keller = Slave(profile("keller-series-30"))
    keller.set("pressure_p1", math.nan)
    assert keller.get("pressure_p1") is None


@pytest.mark.parametrize("mishap", list(Mishap))
def test_no_mishap_passes_for_another_value(mishap: Mishap) -> None:
    slave = renke()
    slave.mishap = mishap
    answer = slave.answer(TH) or b""
    found = hear(TH, answer).answer
    assert found in {None, renke().answer(TH)} or found == sealed(bytes([1, 0x83, found[2]]))


def test_every_mishap_differs_from_the_regular_answer() -> None:
    regular = renke().answer(TH)
    for mishap in Mishap:
        slave = renke()
        slave.mishap = mishap
        assert slave.answer(TH) != regular, mishap


@given(st.sampled_from(Catalogue().names()), st.binary(max_size=20))
def test_no_bytes_upset_it(name: str, data: bytes) -> None:
    slave = Slave(profile(name), 1)
    for request in (data, sealed(data), sealed(b"\x01" + data), sealed(b"\x01\x03" + data[:4])):
        answer = slave.answer(request)
        assert answer is None or 5 <= len(answer) <= 256


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("01 06 01 01 00 00", 3),  # an address below the range
        ("01 06 01 01 00 F8", 3),
        ("01 06 00 01 00 05", 2),  # a register that is no setting
        ("01 10 01 01 00 01 02 00 05", 2),  # a setting, by the other function
        ("01 10 01 01 00 02 02 00 05", 2),  # out of shape
        ("01 05 00 01 01 00", 2),
    ],
)
def test_it_takes_only_writes_that_its_profile_allows(body: str, code: int) -> None:
    slave = Slave(profile("xy-md02"))
    request = sealed(bytes.fromhex(body))
    assert slave.answer(request) == sealed(bytes([1, request[1] | 0x80, code]))
    assert (slave.address, slave.get("address")) == (1, 1)


def test_a_new_address_holds_from_the_next_request_on() -> None:
    slave = Slave(profile("xy-md02"))
    write = sealed(bytes.fromhex("01 06 01 01 00 07"))
    assert slave.answer(write) == write
    assert slave.answer(write) is None
    assert slave.answer(read_request(7, Block(Table.INPUT, 1, 2))) is not None


def test_one_that_needs_a_restart_keeps_its_address_until_then() -> None:
    slave = Slave(profile("xylem-h3553t"))
    write = sealed(bytes.fromhex("01 06 00 10 00 07"))
    assert slave.answer(write) == slave.answer(write) == write
    slave.restart()
    assert slave.address == 7


def test_coils_and_inputs_are_bits() -> None:
    relay = Slave(profile("waveshare-modbus-rtu-relay"), values={"relay_1": 1, "relay_8": 1})
    assert relay.answer(read_request(1, Block(Table.COIL, 0, 8))) == sealed(bytes.fromhex("01 01 01 81"))
    rain = Slave(profile("deltaohm-hd2013"), values={"valid": 1})
    assert rain.answer(read_request(1, Block(Table.DISCRETE, 0, 3))) == sealed(bytes.fromhex("01 02 01 02"))


def test_it_holds_what_it_is_recognised_by() -> None:
    sensor = Slave(profile("dfrobot-sen0662-bmv080"))
    assert sensor.answer(read_request(1, Block(Table.INPUT, 0, 1))) == sealed(bytes.fromhex("01 04 02 02 96"))


def test_settings_side_by_side_may_be_read_together_and_nothing_beyond() -> None:
    probe = Slave(profile("es-sm-th-01s"))
    assert probe.answer(read_request(1, Block(Table.HOLDING, 0x0100, 2))) == sealed(
        bytes.fromhex("01 03 04 00 01 00 01")
    )
    assert probe.answer(read_request(1, Block(Table.HOLDING, 0x0100, 3))) == sealed(bytes.fromhex("01 83 02"))
