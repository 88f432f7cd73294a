"""`luxi read`: one instrument, live: values and their quality, and the registers that they were made of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.commission.through import Through
from edge.commission.wording import qualified, told, unit
from edge.runtime.words import say
from sensors.block import Block
from sensors.channel import Channel
from sensors.clock import Clock
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Trouble
from sensors.profile import Profile
from sensors.reading import Reading
from sensors.station import Station


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an instrument found: its readings, each with the registers behind it (None where none came),
    and what went wrong, in words, if anything did."""

    instrument: str
    address: int
    readings: tuple[tuple[Reading, tuple[int, ...] | None], ...]
    trouble: str

    @property
    def answered(self) -> bool:
        """Did the instrument give at least one value?"""
        return any(reading.value is not None for reading, _ in self.readings)


class Bench:
    """One instrument, reached through `master`, for as long as somebody looks at it."""

    def __init__(self, profile: Profile, master: Asks, clock: Clock, address: int | None = None) -> None:
        self._profile = profile
        self._overheard = _Overheard(master)
        shown = [channel.name for channel in profile.channels if not channel.side_effect]
        self._station = Station(profile.id, profile, self._overheard, clock, address=address, channels=shown)

    def look(self) -> Look:
        """Ask once for everything whose reading changes nothing."""
        self._overheard.answers.clear()
        readings = self._station.poll()
        health = self._station.health()
        channels = {channel.name: channel for channel in self._profile.channels}
        return Look(
            self._profile.id,
            health.address,
            tuple((reading, self._overheard.registers(channels[reading.channel])) for reading in readings),
            "" if health.trouble is None else health.trouble.detail,
        )

    def close(self) -> None:
        """Give the port free."""
        self._overheard.close()


class _Overheard(Through):
    """Keeps what was heard, so that a person may see it."""

    def __init__(self, master: Asks) -> None:
        super().__init__(master)
        self.answers: dict[Block, Answer] = {}

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """As the master does."""
        outcome = super().read(address, block, patience)
        if isinstance(outcome, Answer):
            self.answers[block] = outcome
        return outcome

    def registers(self, channel: Channel) -> tuple[int, ...] | None:
        """The registers of one channel, as they came."""
        wanted = channel.block
        for block, answer in self.answers.items():
            if block.table is wanted.table and block.start <= wanted.start and wanted.end <= block.end:
                return answer.registers[wanted.start - block.start : wanted.end - block.start]
        return None


def as_json(look: Look) -> str:
    """One look for scripts."""
    readings = [
        {
            "channel": reading.channel,
            "value": reading.value,
            "unit": reading.unit,
            "quality": int(reading.quality.flag),
            "reasons": [str(reason) for reason in reading.quality.reasons],
            "registers": None if registers is None else list(registers),
        }
        for reading, registers in look.readings
    ]
    found = {"instrument": look.instrument, "address": look.address, "readings": readings, "trouble": look.trouble}
    return json.dumps(found, ensure_ascii=False)


def as_table(look: Look, profile: Profile) -> RenderableType:
    """One look for a person."""
    names = {channel.name: say(channel.quantity.zh, channel.quantity.en) for channel in profile.channels}
    table = Table(title=f"{profile.maker} {profile.model}  @{look.address}", title_justify="left")
    for zh, en in (
        ("量", "quantity"),
        ("数值", "value"),
        ("单位", "unit"),
        ("质量", "quality"),
        ("寄存器", "registers"),
    ):
        table.add_column(say(zh, en))
    for reading, registers in look.readings:
        value = "—" if reading.value is None else f"{reading.value:g}"
        table.add_row(
            names[reading.channel], value, Text(unit(reading.unit)), qualified(reading.quality), _hex(registers)
        )
    return Group(table, Text(told(look.trouble), style="red")) if look.trouble else table


def _hex(registers: Iterable[int] | None) -> str:
    return "—" if registers is None else " ".join(f"{register:04X}" for register in registers)
