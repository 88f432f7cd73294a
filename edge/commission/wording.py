"""Quality and trouble in words for people, in the one language of their locale."""

from collections.abc import Mapping

from rich.text import Text

from edge.runtime.words import say
from sensors.reading import Flag, Quality, Reason

_COLOURS = {Flag.GOOD: "green", Flag.UNKNOWN: "cyan", Flag.SUSPECT: "yellow", Flag.BAD: "red", Flag.MISSING: "red"}

_FLAGS: Mapping[Flag, tuple[str, str]] = {
    Flag.GOOD: ("正常", "good"),
    Flag.UNKNOWN: ("未判定", "not judged"),
    Flag.SUSPECT: ("可疑", "suspect"),
    Flag.BAD: ("异常", "bad"),
    Flag.MISSING: ("无数值", "missing"),
}

_REASONS: Mapping[Reason, tuple[str, str]] = {
    Reason.NO_REPLY: ("无应答", "no reply"),
    Reason.PORT: ("端口故障", "port"),
    Reason.CRC: ("应答损坏", "damaged answer"),
    Reason.REFUSED: ("仪表拒绝", "refused"),
    Reason.PENDING: ("仪表忙", "busy"),
    Reason.SENTINEL: ("仪表报无效", "marked void"),
    Reason.NOT_FINITE: ("不是数", "not a number"),
    Reason.RANGE: ("超出范围", "out of range"),
    Reason.WARM_UP: ("预热", "warming up"),
    Reason.STATUS: ("仪表状态", "its status"),
    Reason.NOT_JUDGED: ("未判定", "not judged"),
    Reason.OVER_RANGE: ("超上限", "over range"),
    Reason.RATE: ("变化过快", "too fast"),
    Reason.SPIKE: ("尖峰", "spike"),
    Reason.FLAT_LINE: ("数值不变", "flat line"),
    Reason.ATTENUATED: ("波动过小", "attenuated"),
    Reason.MAINTENANCE: ("维护", "maintenance"),
    Reason.CALIBRATION: ("校准", "calibration"),
    Reason.STOPPED: ("停运", "stopped"),
    Reason.MANUAL: ("人工", "manual"),
}


_UNITS = {"Cel": "℃", "[pH]": "pH", "[ppm]": "ppm", "1": ""}
"""UCUM's codes where people write something else."""


def unit(code: str) -> str:
    """A unit as people write it."""
    return _UNITS.get(code, code)


def reason(one: Reason) -> str:
    """A reason in words."""
    return say(*_REASONS[one])


def qualified(quality: Quality) -> Text:
    """A quality for a table: its flag's number and word, and what set it."""
    because = say("、", ", ").join(reason(one) for one in quality.reasons)
    words = f"{int(quality.flag)} {say(*_FLAGS[quality.flag])}"
    return Text(f"{words}{say('：', ': ')}{because}" if because else words, style=_COLOURS[quality.flag])


def briefly(quality: Quality) -> Text:
    """A quality for a narrow table: what set it, or else its flag's word."""
    because = say("、", ", ").join(reason(one) for one in quality.reasons)
    return Text(because or say(*_FLAGS[quality.flag]), style=_COLOURS[quality.flag])


def told(both: str) -> str:
    """The half of a text "Chinese / English" that fits the locale (any other text as it is); and what to do where it is
    our own `sense` that holds the port."""
    zh, _, en = both.partition(" / ")
    return say(zh, en or zh) + (say(*_SENSE_HAS_IT) if _SENSE in both else "")


def unkept(fault: Exception) -> str:
    """Why something can't be written down, and sudo where that would help."""
    words = told(str(fault))
    return words + say("（请用 sudo）", " (use sudo)") if isinstance(fault, PermissionError) else words


_SENSE = "edge sense"
_SENSE_HAS_IT = (
    "。这是采集程序：只看数值用 luxi live；要用端口先 sudo systemctl stop luxi-sense，做完再 start",
    ". It is the sampling itself: luxi live shows its values; to use the port, sudo systemctl stop luxi-sense, "
    "and start it afterwards",
)
