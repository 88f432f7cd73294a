"""Only what the profile allows is written, all that is written is read back, and a moved instrument is looked for."""

import pytest
from bus_kit import Bench, bench, profile, requests, workshop

from sensors.modbus.frame import sealed
from sensors.modbus.line import Trouble
from sensors.modbus.slave import Mishap, Slave
from sensors.reading import Reason
from sensors.service import Preset
from sensors.workshop import Moved, Recognised, Workshop, Written


def stand_with(name: str, address: int | None = None, **values: float) -> tuple[Bench, Slave, Workshop]:
    slave = Slave(profile(name), address, values)
    stand = bench(slave)
    return stand, slave, workshop(stand, slave)


def reason(outcome: object) -> Reason:
    assert isinstance(outcome, Trouble), outcome
    return outcome.reason


# Who is there


def test_a_unit_says_who_it_is() -> None:
    _, _, hands = stand_with("yosemitech-y532")
    assert hands.identify() == Recognised({"serial": "YL0001", "calibration_status": 1.0}, fits=True)


def test_another_model_at_the_address_does_not_fit() -> None:
    slave = Slave(profile("insitu-rdo-pro"))
    stand = bench(slave)
    slave._held[slave.profile.identity[0].table, 9000] = 17
    found = workshop(stand, slave).identify()
    assert isinstance(found, Recognised)
    assert (found.marks["device_id"], found.fits) == (17.0, False)


def test_a_model_without_identity_is_only_known_to_answer() -> None:
    _, slave, hands = stand_with("renke-rs-ws")
    assert hands.identify() == Recognised({}, fits=None)
    slave.mishap = Mishap.SILENT
    assert reason(hands.identify()) is Reason.NO_REPLY


def test_an_identity_that_is_not_answered_is_trouble() -> None:
    _, slave, hands = stand_with("yosemitech-y532")
    slave.mishap = Mishap.CRC_BROKEN
    assert reason(hands.identify()) is Reason.CRC


# Settings


def test_a_setting_is_read_written_and_read_back() -> None:
    stand, slave, hands = stand_with("comwintop-cwt-soil-thc-s", temperature_offset=1.5)
    assert hands.get("temperature_offset") == (1.5,)
    assert hands.put("temperature_offset", -2.5) == Written("temperature_offset", (-2.5,), (1.5,), (-2.5,))
    assert slave.get("temperature_offset") == -2.5
    assert requests(stand.loop)[2] == sealed(bytes.fromhex("01 06 00 50 FF E7"))


def test_a_setting_of_two_numbers_is_written_in_one_request() -> None:
    stand, _, hands = stand_with("yosemitech-y504")
    written = hands.put("calibration", 1.25, -0.5)
    assert isinstance(written, Written)
    assert (written.after, written.kept) == ((1.25, -0.5), True)
    assert requests(stand.loop)[1][:7] == bytes.fromhex("01 10 11 00 00 04 08")


def test_what_an_instrument_does_not_keep_is_seen() -> None:
    class Forgetful(Slave):
        def answer(self, request: bytes) -> bytes | None:
            return request if request[1] == 6 else super().answer(request)

    slave = Forgetful(profile("comwintop-cwt-soil-thc-s"))
    written = workshop(bench(slave), slave).put("temperature_offset", 2.5)
    assert written == Written("temperature_offset", (2.5,), (0.0,), (0.0,))
    assert isinstance(written, Written)
    assert written.kept is False


def test_what_cannot_be_read_back_is_said_to_be_so() -> None:
    stand, _, hands = stand_with("yosemitech-y532")
    assert hands.put("calibration_point", 6.86) == Written("calibration_point", (pytest.approx(6.86),), None, None)
    assert len(stand.loop.sent) == 1


@pytest.mark.parametrize("values", [(-10.1,), (10.1,), (), (1.0, 2.0)])
def test_outside_of_what_is_allowed_nothing_is_sent(values: tuple[float, ...]) -> None:
    stand, _, hands = stand_with("comwintop-cwt-soil-thc-s")
    outcome = hands.put("temperature_offset", *values)
    assert reason(outcome) is Reason.REFUSED
    assert stand.loop.sent == []


def test_what_the_profile_lacks_cannot_be_written_or_run() -> None:
    stand, _, hands = stand_with("renke-rs-ws")
    for attempt in (lambda: hands.put("temperature", 1.0), lambda: hands.get("temperature"), lambda: hands.run("x")):
        with pytest.raises(KeyError, match="renke-rs-ws has no"):
            attempt()
    assert stand.loop.sent == []


@pytest.mark.parametrize("mishap", [Mishap.SILENT, Mishap.FAILED, Mishap.BUSY, Mishap.CRC_BROKEN])
def test_trouble_while_writing_comes_back(mishap: Mishap) -> None:
    _, slave, hands = stand_with("comwintop-cwt-soil-thc-s")
    slave.mishap = mishap
    assert isinstance(hands.put("temperature_offset", 1.0), Trouble)
    assert isinstance(hands.get("temperature_offset"), Trouble)
    assert isinstance(hands.preset((Preset(setting="temperature_offset", value=1.0),)), Trouble)


def test_relays_switch_and_say_so() -> None:
    stand, slave, hands = stand_with("waveshare-modbus-rtu-relay")
    written = hands.put("relay_3", 1)
    assert isinstance(written, Written)
    assert written.kept
    assert slave.get("relay_3") == 1
    assert requests(stand.loop)[1] == sealed(bytes.fromhex("01 05 00 02 FF 00"))


def test_a_write_is_confirmed_on_a_port_that_echoes() -> None:
    slave = Slave(profile("waveshare-modbus-rtu-relay"))
    stand = bench(slave, echo=True)
    written = workshop(stand, slave).put("relay_3", 1)
    assert isinstance(written, Written)
    assert written.kept
    assert stand.line.echoes


# Commands


def test_a_command_whose_answer_equals_it_is_understood() -> None:
    _, slave, hands = stand_with("peacefair-pzem-016")
    assert hands.run("reset_energy") == sealed(b"\x01\x42")
    assert slave.commanded == ["reset_energy"]


def test_a_command_that_nobody_hears_is_trouble() -> None:
    _, slave, hands = stand_with("peacefair-pzem-016")
    slave.mishap = Mishap.SILENT
    assert reason(hands.run("reset_energy")) is Reason.NO_REPLY


def test_a_refused_command_is_refused() -> None:
    _, slave, hands = stand_with("peacefair-pzem-016")
    slave.mishap = Mishap.FAILED
    assert reason(hands.run("reset_energy")) is Reason.REFUSED


# Address and baud rate


def test_a_changed_address_is_seen_at_the_new_one_only() -> None:
    _, slave, hands = stand_with("xy-md02")
    assert hands.set_address(7) == Moved(1, 7, answers_at_new=True, answers_at_old=False, restart=False)
    assert (slave.address, hands.address) == (7, 7)


def test_an_address_that_is_taken_is_refused() -> None:
    first, second = Slave(profile("xy-md02"), 1), Slave(profile("renke-rs-ws"), 2)
    stand = bench(first, second)
    outcome = workshop(stand, first).set_address(2)
    assert isinstance(outcome, Trouble)
    assert "something answers at address 2" in outcome.detail
    assert first.address == 1


def test_an_address_that_another_of_the_model_has_is_refused() -> None:
    first, second = Slave(profile("xy-md02"), 1), Slave(profile("xy-md02"), 2)
    stand = bench(first, second)
    assert reason(workshop(stand, first).set_address(2)) is Reason.REFUSED
    assert (first.address, second.address) == (1, 2)


@pytest.mark.parametrize("new", [-1, 0, 248, 300])
def test_an_address_outside_of_the_model_s_is_refused_before_anything_is_sent(new: int) -> None:
    stand, slave, hands = stand_with("xy-md02")
    assert reason(hands.set_address(new)) is Reason.REFUSED
    assert slave.address == 1
    assert stand.loop.sent == []


def test_a_model_whose_address_is_set_otherwise_says_so() -> None:
    _, _, hands = stand_with("boqu-phg2091")
    assert reason(hands.set_address(2)) is Reason.REFUSED


def test_an_instrument_that_falls_silent_over_the_change_may_have_changed() -> None:
    class Restarting(Slave):
        def answer(self, request: bytes) -> bytes | None:
            answer = super().answer(request)
            return None if request[1] == 6 else answer

    slave = Restarting(profile("xy-md02"))
    moved = workshop(bench(slave), slave).set_address(7)
    assert isinstance(moved, Moved)
    assert moved.done


def test_one_that_does_not_move_is_told_of() -> None:
    class Stubborn(Slave):
        def answer(self, request: bytes) -> bytes | None:
            return request if request[1] == 6 and request[0] == self.address else super().answer(request)

    slave = Stubborn(profile("xy-md02"))
    hands = workshop(bench(slave), slave)
    assert hands.set_address(7) == Moved(1, 7, answers_at_new=False, answers_at_old=True, restart=False)
    assert hands.address == 1


def test_what_must_be_written_before_is_written_before() -> None:
    stand, slave, hands = stand_with("deltaohm-hd2013")
    moved = hands.set_address(5)
    assert isinstance(moved, Moved)
    assert moved.done
    writes = [request for request in requests(stand.loop) if request[1] in {5, 6}]
    assert [request[1:6] for request in writes] == [bytes.fromhex("05 00 01 FF 00"), bytes.fromhex("06 00 02 00 05")]
    assert slave.get("unlock") == 1


def test_a_baud_rate_is_told_and_others_are_refused() -> None:
    stand, slave, hands = stand_with("comwintop-cwt-soil-thc-s")
    assert hands.set_baud(9600) is None
    assert slave.get("baud_code") == 2
    assert requests(stand.loop)[-1] == sealed(bytes.fromhex("01 06 07 D1 00 02"))
    refused = hands.set_baud(19200)
    assert isinstance(refused, Trouble)
    assert "2400, 4800, 9600" in refused.detail
    assert reason(stand_with("boqu-phg2091")[2].set_baud(9600)) is Reason.REFUSED
