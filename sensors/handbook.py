"""The page about the instruments, written from the profiles: `python -m sensors.handbook > docs/instruments.md`."""

import sys
from collections.abc import Iterable, Iterator

from sensors.catalogue import Catalogue, LeftOut, left_out
from sensors.channel import Channel
from sensors.profile import Profile, Transport

_HEAD = """# 仪器库 / Instruments

本页由 `python -m sensors.handbook` 根据 `sensors/profiles/` 生成，请勿手工修改。
This page is written by `python -m sensors.handbook` from `sensors/profiles/`; do not edit it by hand.

站点文件用第一列的名称引用型号。“依据”说明寄存器表来自何处、有多可靠。
A site file names a model by the first column. "Confidence" says where the register map comes from and how sure it is.

“出厂串口”中的问号表示资料未写明波特率；单位 `{configured}` 表示单位由仪器的设置决定。
A question mark in "factory line": the baud rate is not documented. The unit `{configured}` is set in the instrument.
"""

_MODELS = """## 型号 / Models

| profile | 型号 / model | 测量 / measures | 通道 / channels | 出厂串口 / factory line | 依据 / confidence |
|---|---|---|---|---|---|
"""

_CHANNELS = """
| channel | 量 / quantity | 单位 / unit | HJ 212 | 寄存器 / register | 类型 / type | 说明 / notes |
|---|---|---|---|---|---|---|
"""

_LEFT_OUT = """## 未收录 / Left out

下列型号的资料不足以得到正确的数值，因此没有收录。有手册时，可在站点文件中自行描述。
What is known of these would give wrong values, so they are left out. With the manual at hand, one can be described in
the site file.

| name | 型号 / model | 原因 / reason | 来源 / source |
|---|---|---|---|
"""


def page(profiles: Iterable[Profile], absent: Iterable[LeftOut]) -> str:
    """The whole page, as Markdown."""
    models = list(profiles)
    rows = "".join(f"{_row(model)}\n" for model in models)
    sections = "\n".join(_section(model) for model in models)
    missing = "".join(f"{_missing(one)}\n" for one in absent)
    return f"{_HEAD}\n{_MODELS}{rows}\n{_LEFT_OUT}{missing}\n## 通道 / Channels\n\n{sections}"


def _row(model: Profile) -> str:
    return _cells(
        f"[`{model.id}`](#{model.id})",
        f"{model.maker} {model.model}",
        f"{model.measures.zh}<br>{model.measures.en}",
        str(len(model.channels)),
        _line(model.transport),
        model.confidence,
    )


def _line(transport: Transport) -> str:
    """The factory settings as a technician writes them: 9600 8N1, address 1."""
    if "rtu" not in transport.over:
        return f"Modbus TCP, unit {transport.address}"
    rate = transport.baudrate or "?"
    return f"{rate} 8{transport.parity}{transport.stop_bits}, {transport.address}"


def _section(model: Profile) -> str:
    """A model with all that a technician should know of it."""
    parts = [f"### {model.id}\n\n{model.maker} {model.model}：{model.measures.zh} / {model.measures.en}\n"]
    parts.append(_CHANNELS.lstrip() + "".join(f"{_channel(one)}\n" for one in model.channels))
    abilities = list(_abilities(model))
    if abilities:
        parts.append("".join(f"- {one}\n" for one in abilities))
    if model.quirks:
        parts.append("".join(f"- {quirk}\n" for quirk in model.quirks))
    parts.append("来源 / source: " + "; ".join(model.source) + "\n")
    return "\n".join(parts)


def _abilities(model: Profile) -> Iterator[str]:
    """What may be done besides reading."""
    groups = (
        ("识别 / identity", model.identity),
        ("可写设置 / settings", model.settings),
        ("命令 / commands", model.commands),
        ("校准 / calibration", model.calibrations),
    )
    for title, group in groups:
        if group:
            yield f"{title}: " + ", ".join(f"`{one.name}` {one.quantity.zh}" for one in group)
    changes = ((model.set_address, "改地址 / set address"), (model.set_baud, "改波特率 / set baud rate"))
    possible = [title for change, title in changes if change]
    if possible:
        yield "; ".join(possible)


def _channel(channel: Channel) -> str:
    return _cells(
        f"`{channel.name}`",
        f"{channel.quantity.zh}<br>{channel.quantity.en}",
        f"`{channel.unit}`",
        channel.code,
        f"{channel.table} {channel.block.start:#06x}",
        _type(channel),
        "; ".join(_notes(channel)),
    )


def _type(channel: Channel) -> str:
    parts = [channel.type.value]
    parts += [channel.order.value] if channel.order else []
    parts += [channel.half.value] if channel.half else []
    parts += [f"& {channel.mask:#x}"] if channel.mask else []
    parts += [f"x {channel.scale:g}"] if channel.scale != 1 else []
    parts += [f"+ {channel.offset:g}"] if channel.offset else []
    return " ".join(parts)


def _notes(channel: Channel) -> Iterator[str]:
    if channel.range:
        yield f"{channel.range[0]:g}–{channel.range[1]:g}"
    for holds, words in (
        (channel.optional, "部分型号才有 / some units only"),
        (channel.diagnostic, "诊断用 / when named"),
        (channel.side_effect, "读取有副作用 / reading changes it"),
        (bool(channel.judges), "判定质量 / judges quality"),
    ):
        if holds:
            yield words
    if channel.note:
        yield channel.note


def _missing(one: LeftOut) -> str:
    return _cells(f"`{one.name}`", f"{one.maker} {one.model}", f"{one.why.zh}<br>{one.why.en}", "; ".join(one.source))


def _cells(*texts: str) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"


def main() -> None:
    """Write the page to standard output."""
    catalogue = Catalogue()
    found = [catalogue.find(name) for name in catalogue.names()]
    profiles = [one for one in found if isinstance(one, Profile)]
    sys.stdout.write(page(profiles, left_out()))


if __name__ == "__main__":
    main()
