"""Pins at work: readings on change and on schedule, alarms once, counts, outputs; through restarts and trouble."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pins_kit import CLOSED, DOOR, LEAK, OPEN, RAIN, RELAY, SIREN, Bench

from edge.pins.ledger import Episode, Ledger, Page, Stage
from edge.pins.table import Pin
from edge.wire.messages import Event
from sensors.pins.kinds import Kind
from sensors.pins.wiring import PinTrouble
from sensors.quality.upkeep import Upkeep
from sensors.reading import Flag, Reason

Make = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    benches: list[Bench] = []

    def bench(*pins: Pin) -> Bench:
        benches.append(Bench(tmp_path, *pins))
        return benches[-1]

    yield bench
    for one in benches:
        one.spool.close()


@pytest.fixture
def gate(make: Make) -> Bench:
    """A door that is closed and known to be, and a siren for it."""
    return make(DOOR, SIREN)


def test_a_contact_is_told_as_soon_as_it_held(gate: Bench) -> None:
    assert gate.values("gate", "open") == [0.0]
    gate.drive(17, high=OPEN)
    gate.clock.sleep(0.05)
    gate.service.turn()
    assert gate.values("gate", "open") == [0.0], "0.1 s is what a door must hold"
    gate.clock.sleep(0.06)
    gate.service.turn()
    (_, reading) = gate.readings("gate")
    assert (reading.value, reading.unit, reading.code, reading.quality.flag) == (1.0, "1", "", Flag.GOOD)


def test_and_on_schedule_all_the_same(gate: Bench) -> None:
    gate.seconds(180)
    assert gate.values("gate", "open") == [0.0] * 4


def test_bouncing_tells_nothing(gate: Bench) -> None:
    for _ in range(50):
        gate.drive(17, high=OPEN)
        gate.clock.sleep(0.02)
        gate.drive(17, high=CLOSED)
        gate.clock.sleep(0.02)
        gate.service.turn()
    assert gate.values("gate", "open") == [0.0]
    assert gate.alarms() == []


def test_an_alarm_opens_and_closes_once(gate: Bench) -> None:
    gate.drive(17, high=OPEN)
    gate.seconds(200)
    gate.drive(17, high=CLOSED)
    gate.seconds(200)
    opened, closed = gate.alarms()
    assert (opened.kind, opened.source, opened.event) == ("door", "gate", Event.OPENED)
    assert (opened.evidence, opened.boxes, opened.score) == (None, (), None)
    assert (closed.event, closed.episode) == (Event.CLOSED, opened.episode)
    gate.drive(17, high=OPEN)
    gate.seconds(1)
    assert gate.alarms()[-1].episode != opened.episode


def test_an_edge_that_never_came_is_found_by_looking(gate: Bench) -> None:
    gate.board.pin(17).when_changed = None
    gate.drive(17, high=OPEN)
    gate.seconds(1)
    assert [alarm.event for alarm in gate.alarms()] == [Event.OPENED]


def test_a_contact_without_alarm_is_only_read(make: Make) -> None:
    bench = make(LEAK)
    bench.drive(5, high=False)
    bench.seconds(2)
    assert bench.values("sump", "wet") == [0.0, 1.0]
    assert bench.alarms() == []


def test_through_a_restart_it_is_the_same_episode(gate: Bench) -> None:
    gate.drive(17, high=OPEN)
    gate.seconds(5)
    gate.start()
    gate.seconds(5)
    gate.start()
    gate.drive(17, high=CLOSED)
    gate.seconds(5)
    gate.start()
    gate.seconds(5)
    assert [alarm.event for alarm in gate.alarms()] == [Event.OPENED, Event.CLOSED]
    assert len({alarm.episode for alarm in gate.alarms()}) == 1


def test_a_door_that_was_closed_while_nobody_looked_closes_its_alarm(gate: Bench) -> None:
    gate.drive(17, high=OPEN)
    gate.seconds(5)
    gate.drive(17, high=CLOSED)
    gate.start()
    gate.seconds(1)
    assert [alarm.event for alarm in gate.alarms()] == [Event.OPENED, Event.CLOSED]


@pytest.mark.parametrize(("stage", "level"), [(Stage.OPENING, OPEN), (Stage.CLOSING, CLOSED)])
def test_what_may_not_have_been_told_is_told_again_under_the_same_name(gate: Bench, stage: Stage, level: bool) -> None:
    """The power went between the ledger and the spool."""
    episode = Episode("gate", "another-boot", 4711, stage)
    Ledger(gate.folder / "pins.json").write(Page(running=True, episodes={"gate": episode}))
    gate.drive(17, high=level)
    gate.start()
    gate.seconds(5)
    (alarm,) = gate.alarms()
    assert (alarm.episode, alarm.event) == ("gate-another--4711", "opened" if stage is Stage.OPENING else "closed")
    left = {name: one.stage for name, one in Ledger(gate.folder / "pins.json").read().episodes.items()}
    assert left == ({"gate": Stage.OPEN} if stage is Stage.OPENING else {})


def test_readings_that_could_not_be_handed_on_come_with_the_next_turn(gate: Bench) -> None:
    gate.fails = OSError("no")
    gate.drive(17, high=OPEN)
    with pytest.raises(OSError, match="no"):
        gate.seconds(1)
    gate.fails = None
    gate.seconds(1)
    assert gate.values("gate", "open") == [0.0, 1.0]
    assert len(gate.alarms()) == 1


def test_rain_is_told_as_what_fell_and_in_all(make: Make) -> None:
    bench = make(RAIN)
    bench.tip(3)
    bench.seconds(56)
    bench.tip(1)
    bench.seconds(60)
    assert bench.values("rain", "precipitation") == [0.0, 0.6, 0.2]
    assert bench.values("rain", "precipitation_total") == [0.0, 0.6, 0.8]
    assert {(one.unit, one.quality.flag) for one in bench.readings("rain")} == {("mm", Flag.GOOD)}


def test_a_reed_that_bounces_counts_once(make: Make) -> None:
    bench = make(RAIN)
    for level in (False, True) * 5 + (False,):
        bench.drive(27, high=level)
        bench.clock.sleep(0.002)
    bench.clock.sleep(0.1)
    for level in (True, False) * 5 + (True,):
        bench.drive(27, high=level)
        bench.clock.sleep(0.002)
    bench.seconds(60)
    assert bench.values("rain", "precipitation") == [0.0, 0.2]


def test_a_count_goes_on_after_an_orderly_end(make: Make) -> None:
    bench = make(RAIN)
    bench.tip(5)
    stop = threading.Event()
    stop.set()
    bench.service.run(stop, lambda: None)
    bench.start()
    bench.tip(2)
    bench.seconds(60)
    assert bench.values("rain", "precipitation") == [0.0, 1.0, 0.4]
    assert {one.quality.flag for one in bench.readings("rain")} == {Flag.GOOD}


def test_after_a_crash_the_first_interval_says_that_some_may_be_missing(make: Make) -> None:
    bench = make(RAIN)
    bench.seconds(60)
    bench.tip(5)
    bench.start()  # the first was written with the minute, the others are gone
    bench.tip(1)
    assert bench.state("rain").trouble == ""
    bench.seconds(60)
    readings = [one for one in bench.readings("rain") if one.channel == "precipitation"]
    assert [(one.value, one.quality.reasons) for one in readings] == [
        (0.0, ()),
        (0.0, ()),
        (0.2, (Reason.COUNTS_LOST,)),
        (0.2, ()),
    ]
    assert bench.values("rain", "precipitation_total")[-1] == 0.4


def test_between_rare_tellings_a_crash_costs_a_minute_at_most(make: Make) -> None:
    bench = make(RAIN.model_copy(update={"every": 3600.0}))
    bench.tip(300)
    bench.start()
    assert bench.values("rain", "precipitation")[-1] > (300 - 61) * 0.2


def test_a_total_never_goes_back_and_no_increment_comes_twice(make: Make) -> None:
    bench = make(RAIN.model_copy(update={"every": 7.0}))
    for tips in (3, 20, 1, 8, 40):
        bench.tip(tips)
        bench.start()
    totals = bench.values("rain", "precipitation_total")
    assert totals == sorted(totals)
    increments = bench.values("rain", "precipitation")
    assert sum(increments) == pytest.approx(totals[-1])


def test_a_total_wraps_where_the_file_says(make: Make) -> None:
    bench = make(RAIN.model_copy(update={"wraps_at": 1000}))
    for _ in range(21):
        bench.tip(50)
    bench.seconds(60)
    assert bench.values("rain", "precipitation_total")[-1] == pytest.approx(0.2 * 50)
    assert sum(bench.values("rain", "precipitation")) == pytest.approx(0.2 * 1050)


def test_more_edges_than_fit_are_told_as_counts_lost(make: Make) -> None:
    bench = make(RAIN)
    for nth in range(10_002):
        bench.drive(27, high=nth % 2 == 1)
    bench.service.turn()
    assert bench.state("rain").trouble == "counts-lost"
    bench.seconds(61)
    assert bench.readings("rain")[-1].quality.reasons == (Reason.COUNTS_LOST,)
    assert bench.state("rain").trouble == ""


def test_without_a_board_there_are_reasons_and_no_values(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path)

    def board() -> object:
        if bench.clock.monotonic() < 1150:
            raise PinTrouble("no-chip", "nothing here")
        return bench.board

    bench.pins = (DOOR, RAIN, SIREN)
    bench.start(board)
    bench.seconds(140)
    assert {one.quality.reasons for name in ("gate", "rain") for one in bench.readings(name)} == {(Reason.PORT,)}
    assert [bench.state(name).trouble for name in ("gate", "rain", "horn")] == ["no-chip"] * 3
    assert len([one for one in caplog.records if "nothing here" in one.message]) == 3, "once for each pin"
    bench.seconds(120)
    assert bench.readings("gate")[-1].quality.flag is Flag.GOOD
    assert bench.readings("rain")[-1].value == 0.0
    assert [bench.state(name).trouble for name in ("gate", "rain", "horn")] == [""] * 3
    bench.spool.close()


def test_a_siren_sounds_while_its_alarm_is_open_but_not_for_ever(gate: Bench) -> None:
    assert not gate.level(22)
    gate.drive(17, high=OPEN)
    gate.seconds(1)
    assert gate.level(22)
    assert gate.state("horn").value == 1.0
    gate.seconds(118)
    assert gate.level(22)
    gate.seconds(3)
    assert not gate.level(22), "two minutes are enough"
    gate.drive(17, high=CLOSED)
    gate.seconds(1)
    gate.drive(17, high=OPEN)
    gate.seconds(1)
    assert gate.level(22)
    gate.drive(17, high=CLOSED)
    gate.seconds(1)
    assert not gate.level(22)


def test_outputs_are_safe_before_the_first_turn_and_after_the_last(make: Make) -> None:
    bench = make(RELAY, SIREN, DOOR)
    assert bench.level(23)
    bench.drive(17, high=OPEN)
    bench.seconds(1)
    assert bench.level(22)
    stop = threading.Event()
    stop.set()
    bench.service.run(stop, lambda: None)
    assert (bench.level(22), bench.level(23)) == (False, False)


def test_outputs_are_safe_when_the_service_fails_and_work_again_when_it_is_restarted(make: Make) -> None:
    bench = make(RELAY, DOOR)
    assert bench.level(23)
    bench.fails = OSError("a bug")
    with pytest.raises(OSError, match="a bug"):
        bench.service.run(threading.Event(), lambda: bench.clock.sleep(60))
    assert not bench.level(23)
    bench.fails = None
    bench.seconds(1)
    assert bench.level(23)


def test_a_lamp_blinks_as_turns_are_made(make: Make) -> None:
    bench = make(Pin(name="lamp", kind=Kind.LED, gpio=26, shows="running"))
    seen = []
    for _ in range(6):
        bench.seconds(1)
        seen.append(bench.level(26))
    assert seen in ([False, True] * 3, [True, False] * 3)


def test_health_tells_of_each_pin(make: Make) -> None:
    bench = make(DOOR, RAIN, RELAY)
    bench.drive(17, high=CLOSED)
    bench.seconds(1)
    bench.tip(3)
    told = {state.name: (state.kind, state.value, state.trouble) for state in bench.service.states()}
    assert told == {"gate": ("door", 0.0, ""), "rain": ("rain", 0.6, ""), "pump": ("relay", 1.0, "")}


def test_a_ledger_that_cannot_be_written_is_trouble_of_the_counters(make: Make) -> None:
    bench = make(RAIN)
    (bench.folder / "pins.new").mkdir()
    bench.tip(1)
    bench.seconds(60)
    assert bench.state("rain").trouble == "ledger"
    assert bench.values("rain", "precipitation")[-1] == 0.2, "told all the same"
    (bench.folder / "pins.new").rmdir()
    bench.tip(1)
    bench.seconds(60)
    assert bench.state("rain").trouble == ""


def test_what_is_under_upkeep_is_marked_and_told_all_the_same(gate: Bench) -> None:
    gate.upkeep = [Upkeep(Reason.MAINTENANCE, gate.clock.now().wall_ms, None, "gate")]
    gate.seconds(60)
    *_, reading = gate.readings("gate")
    assert (reading.value, Reason.MAINTENANCE in reading.quality.reasons) == (0.0, True)
