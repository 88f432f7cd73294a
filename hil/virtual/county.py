"""A stand-in for the county's platform: records every message by its id, and keeps the pictures."""

import argparse
import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from edge.link.link import Incoming, Link
from edge.runtime.words import say
from gateway.county_messages import Readings
from sensors.clock import Clock

TURN_S = 0.2
SESSION_S = 86_400


@dataclass(frozen=True, slots=True)
class Counts:
    """What came so far, each id counted once; `twice` are the ids that came more than once."""

    messages: int
    readings: int
    alarms: int
    pictures: int
    twice: int


class _Named(msgspec.Struct, frozen=True):
    """Any of the county's JSON messages, as far as its name goes."""

    id: str


class Ledger:
    """The SQLite file in which the county writes what it received."""

    def __init__(self, path: Path) -> None:
        """Open or make it; OSError or sqlite3.Error where that can't be done."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL,"
            " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, times INTEGER NOT NULL, readings INTEGER NOT NULL)"
        )

    def record(self, messages: list[Incoming], now_ms: int) -> None:
        """Write down a group of messages in one commit."""
        rows = [(*_named(message), message.topic, message.payload, now_ms, now_ms) for message in messages]
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO message (id, readings, topic, payload, first_ms, last_ms, times) VALUES (?, ?, ?, ?, ?, ?, 1)"
            " ON CONFLICT (id) DO UPDATE SET times = times + 1, last_ms = excluded.last_ms",
            rows,
        )
        self._db.execute("COMMIT")

    def counts(self) -> Counts:
        """What is written down."""
        row = self._db.execute(
            "SELECT count(*), coalesce(sum(readings), 0), coalesce(sum(topic LIKE '%/alarm'), 0),"
            " coalesce(sum(topic LIKE '%/picture/%'), 0), coalesce(sum(times > 1), 0) FROM message"
        ).fetchone()
        return Counts(*row)

    def messages(self, leaf: str) -> list[tuple[str, bytes]]:
        """Ids and payloads of the messages whose topic ends in `/<leaf>`, in the order in which they first came."""
        return self._db.execute(
            "SELECT id, payload FROM message WHERE topic LIKE ? ORDER BY rowid", (f"%/{leaf}",)
        ).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class County:
    """A service: takes what comes on `link`, writes it down, keeps pictures as files, and says what it saw."""

    name = "county"

    def __init__(self, link: Link, folder: Path, clock: Clock, saying: Callable[[str], None] | None = None) -> None:
        self._link = link
        self._folder = folder
        self._clock = clock
        self._saying = saying

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        ledger = Ledger(self._folder / "county.db")
        while not stop.is_set():
            self.turn(ledger, TURN_S)
            beat()
        self._link.close()
        ledger.close()

    def turn(self, ledger: Ledger, timeout_s: float) -> None:
        """Take in one group."""
        messages = self._link.pump(timeout_s)
        if not messages:
            return
        ledger.record(messages, self._clock.now().wall_ms)
        for message in messages:
            if _is_picture(message.topic):
                self._keep(message)
            if self._saying is not None:
                self._saying(told(message))

    def _keep(self, picture: Incoming) -> None:
        folder = self._folder / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{picture.topic.rsplit('/', 1)[1]}.jpg").write_bytes(picture.payload)


def told(message: Incoming) -> str:
    """One message as one line."""
    if _is_picture(message.topic):
        return f"{message.topic}  JPEG {len(message.payload)} B"
    text = message.payload.decode("utf-8", "replace")
    return f"{message.topic}  {text if len(text) <= 200 else text[:199] + '…'}"


def _is_picture(topic: str) -> bool:
    return topic.split("/")[-2:-1] == ["picture"]


def _named(message: Incoming) -> tuple[str, int]:
    """A message's id and how many readings it holds; pictures and foreign messages, without id, go by their topic."""
    if _is_picture(message.topic):
        return message.topic, 0
    try:
        if message.topic.endswith("/readings"):
            batch = msgspec.json.decode(message.payload, type=Readings)
            return batch.id, len(batch.readings)
        return msgspec.json.decode(message.payload, type=_Named).id, 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return f"? {message.topic} {sha256(message.payload).hexdigest()}", 0


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount `luxi county`."""
    county = commands.add_parser("county", help=say("模拟县级平台", "a stand-in for the county's platform"))
    county.add_argument("--dir", type=Path, required=True, metavar="DIR", help=say("记录文件夹", "where to record"))
    county.add_argument("--host", default="127.0.0.1", help=say("服务器地址", "the broker's address"))
    county.add_argument("--port", type=int, default=1884, help=say("服务器端口", "the broker's port"))
    county.add_argument("--prefix", default="county/1", help=say("主题前缀", "the topics' first words"))
    county.add_argument("--username", default="", help=say("用户名", "user name"))
    county.add_argument("--password-file", type=Path, metavar="FILE", help=say("密码文件", "a file with the password"))
    county.add_argument(
        "--external", action="store_true", help=say("使用已有服务器，不自行启动", "use a broker that is there")
    )
    county.add_argument("--print", action="store_true", dest="saying", help=say("逐条打印", "a line per message"))
    county.add_argument("--for", type=float, dest="seconds", metavar="SECONDS", help=say("到时结束", "end by itself"))
    county.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from hil.virtual.county_app import CountyPlan, run  # noqa: PLC0415 - `luxi --help` stays quick

    password = args.password_file.read_text("utf-8").strip() if args.password_file else ""
    plan = CountyPlan(args.dir, args.host, args.port, args.prefix, args.username, password, args.external, args.seconds)
    return run(plan, _printed if args.saying else None)


def _printed(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
