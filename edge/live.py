"""`luxi live`: the whole site in a terminal, from what its programs leave; the ports stay theirs."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edge.commission.wording import briefly, reason, told, unit
from edge.config import SiteFile
from edge.health import read_status, status_file
from edge.newest import ON_DISK_S, read_newest
from edge.runtime.clock import SystemClock
from edge.runtime.words import say
from edge.table import Row, Stood, age_s, rows, stood, under_way
from edge.upkeep import Windows
from edge.wire.messages import CameraState
from sensors.catalogue import Catalogue
from sensors.clock import Clock
from sensors.quality.upkeep import Upkeep

EVERY_S = 1.0
PAGE_S = 5
"""So long a page stays."""
HEAD = 5
"""Lines of title, column heads and rules."""
STALE_S = 3 * ON_DISK_S
"""A program that left nothing for so long does not run."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The site at one moment; `written_s` is how long ago `sense` left its readings, None if it never did."""

    rows: tuple[Row, ...]
    cameras: tuple[CameraState, ...]
    upkeep: tuple[Upkeep, ...]
    written_s: float | None

    @property
    def running(self) -> bool:
        """Does `sense` run?"""
        return self.written_s is not None and self.written_s < STALE_S


class Viewer:
    """Looks at one site again and again; `only` restricts it to one instrument."""

    def __init__(self, file: SiteFile, clock: Clock, only: str = "") -> None:
        self._file = file
        self._clock = clock
        self._only = only
        self._upkeep = Windows(file.site, file.upkeep, clock.now)
        self._instruments = [one for one in _instruments(file) if only in {"", one.name}]

    def look(self) -> Scene:
        """The site now."""
        now, folder = self._clock.now(), self._file.site.status_folder
        left, watch = read_newest(folder), read_status(status_file(folder, "watch"))
        newest = left.readings() if left else {}
        kept = {names: one for names, one in newest.items() if self._only in {"", one.instrument}}
        found = rows(self._instruments, kept, left.troubles if left else {}, now)
        cameras = watch.cameras if watch and not self._only and age_s(watch.at, now) < STALE_S else ()
        upkeep = tuple(under_way(self._upkeep(), now.wall_ms))
        return Scene(tuple(found), cameras, upkeep, age_s(left.at, now) if left else None)


def _instruments(file: SiteFile) -> Iterator[Stood]:
    catalogue = Catalogue()
    for bus in file.buses:
        for instrument in bus.instruments:
            profile = instrument.model(catalogue)
            if not isinstance(profile, tuple):  # the file was checked
                yield stood(instrument.name, profile, instrument.channels)


def show(file: SiteFile, only: str, *, once: bool, as_json: bool) -> int:
    """Show the site until Ctrl-C, or once; 0 if `sense` runs at the last look, 1 if not."""
    viewer, console, pause = (
        Viewer(file, SystemClock(), only),
        Console(markup=False, highlight=False),
        threading.Event(),
    )
    scene = viewer.look()
    try:
        if once or as_json or not console.is_terminal:
            _told(scene, file, console, as_json=as_json)
            while not once:
                pause.wait(EVERY_S)
                scene = viewer.look()
                _told(scene, file, console, as_json=as_json)
        else:
            with Live(console=console, auto_refresh=False, screen=True) as live:
                for turn in count():
                    live.update(pictured(scene, file, console.height, turn // PAGE_S), refresh=True)
                    pause.wait(EVERY_S)
                    scene = viewer.look()
    except KeyboardInterrupt:
        pass
    return 0 if scene.running else 1


def _told(scene: Scene, file: SiteFile, console: Console, *, as_json: bool) -> None:
    if as_json:
        print(plain(scene), flush=True)
    else:
        console.print(pictured(scene, file))


def plain(scene: Scene) -> str:
    """The site for scripts, in one line."""
    readings = [
        {
            "instrument": row.instrument,
            "channel": row.channel,
            "value": row.value,
            "unit": row.unit,
            "quality": None if row.quality is None else int(row.quality.flag),
            "reasons": [] if row.quality is None else [str(one) for one in row.quality.reasons],
            "mark": row.mark,
            "age_s": row.age_s,
            "trouble": row.trouble,
        }
        for row in scene.rows
    ]
    cameras = [
        {"name": one.name, "frame_age_ms": one.frame_age_ms, "judged": one.judged, "trouble": one.trouble}
        for one in scene.cameras
    ]
    upkeep = [{"kind": str(one.kind), "instrument": one.instrument, "until_ms": one.until_ms} for one in scene.upkeep]
    told = {"running": scene.running, "readings": readings, "cameras": cameras, "upkeep": upkeep}
    return json.dumps(told, ensure_ascii=False)


def pictured(scene: Scene, file: SiteFile, height: int | None = None, page: int = 0) -> RenderableType:
    """The site for people; where it is longer than the `height` of the screen, one page of it after the other."""
    notes = [*_troubles(scene), *_cameras(scene), *_upkeep(scene)]
    size = len(scene.rows) if height is None else max(3, height - len(notes) - HEAD)
    pages = max(1, -(-len(scene.rows) // max(1, size)))
    first = page % pages * size
    title = _title(scene, file)
    if pages > 1:
        title.append(say(f"  第 {page % pages + 1}/{pages} 页", f"  page {page % pages + 1} of {pages}"))
    return Group(title, _table(scene.rows[first : first + size]), *notes)


def _table(shown: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    table.add_column(say("仪表", "instrument"), no_wrap=True)
    table.add_column(say("量", "quantity"), no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column(say("数值", "value"), justify="right", no_wrap=True, min_width=7)
    table.add_column(say("单位", "unit"), no_wrap=True)
    table.add_column(say("质量", "quality"), no_wrap=True, overflow="ellipsis", min_width=8)
    table.add_column(say("标记", "mark"), no_wrap=True)
    table.add_column(say("多久前", "age"), no_wrap=True)
    before = ""
    for row in shown:
        name = row.instrument if row.instrument != before else ""
        before = row.instrument
        value = "—" if row.value is None else f"{row.value:.6g}"
        quality = Text("—") if row.quality is None else briefly(row.quality)
        words = Text(name), Text(say(row.zh, row.en)), value, Text(unit(row.unit)), quality
        table.add_row(*words, row.mark, _age(row.age_s))
    return table


def _troubles(scene: Scene) -> Iterator[Text]:
    told_of = {row.instrument: row.trouble for row in scene.rows if row.trouble}
    for name, trouble in told_of.items():
        yield Text(say(f"{name}：{told(trouble)}", f"{name}: {told(trouble)}"), style="red")


def _title(scene: Scene, file: SiteFile) -> Text:
    name = file.site.name or file.site.id
    if scene.written_s is None:
        words = "采集程序未运行：sudo systemctl start luxi-sense", "sense does not run: sudo systemctl start luxi-sense"
    elif not scene.running:
        ago = _age(scene.written_s)
        zh, en = f"采集程序未运行，最后写于 {ago}前", f"sense does not run; it last wrote {ago} ago"
        words = f"{zh}：sudo systemctl start luxi-sense", f"{en}: sudo systemctl start luxi-sense"
    else:
        words = "采集程序运行中", "sense runs"
    return Text(f"{name}  ").append(Text(say(*words), style="green" if scene.running else "red"))


def _cameras(scene: Scene) -> Iterator[Text]:
    for one in scene.cameras:
        age = "—" if one.frame_age_ms is None else _age(one.frame_age_ms / 1000)
        words = one.trouble or say(f"正常，最近一帧 {age}前", f"well, last frame {age} ago")
        yield Text(say(f"摄像头 {one.name}：", f"camera {one.name}: ")).append(words, "red" if one.trouble else "green")


def _upkeep(scene: Scene) -> Iterator[Text]:
    for one in scene.upkeep:
        who = one.instrument or say("全站", "the whole site")
        yield Text(say(f"{reason(one.kind)}中：{who}", f"{reason(one.kind)}: {who}"), style="cyan")


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "—"
    for size, zh, en in ((86_400, "天", "d"), (3600, "时", "h"), (60, "分", "min")):
        if seconds >= 2 * size:
            return say(f"{seconds / size:.0f} {zh}", f"{seconds / size:.0f} {en}")
    return say(f"{seconds:.0f} 秒", f"{seconds:.0f} s")
