"""Talking with a technician: told, asked, shown; in a terminal, or with the answers on standard input."""

import sys
import termios
from typing import IO, Protocol

from edge.runtime.words import say


class LeftError(Exception):
    """The technician wants to stop here: `q`, or no more answers."""


class Dialogue(Protocol):
    """The two who talk."""

    def tell(self, text: str) -> None:
        """Say something that stays."""

    def ask(self, text: str) -> str:
        """Ask something; the answer without blanks at the ends; raises LeftError."""

    def show(self, text: str) -> None:
        """Show something that the next replaces."""


class Terminal:
    """A person at a terminal, or a script that writes its answers in lines."""

    def __init__(self, out: IO[str], answers: IO[str] | None = None) -> None:
        self._out = out
        self._answers = answers or sys.stdin
        self._live = out.isatty()
        self._showing = False

    def tell(self, text: str) -> None:
        """Say something that stays."""
        self._clear()
        print(text, file=self._out, flush=True)

    def ask(self, text: str) -> str:
        """Ask something; the answer without blanks at the ends; raises LeftError."""
        self._clear()
        if self._answers.isatty():  # what was typed before the question is no answer to it
            termios.tcflush(self._answers.fileno(), termios.TCIFLUSH)
        print(f"{text} ", end="", file=self._out, flush=True)
        line = self._answers.readline()
        if not self._answers.isatty():
            print(line.strip(), file=self._out, flush=True)
        if not line or line.strip().lower() == "q":
            raise LeftError
        return line.strip()

    def show(self, text: str) -> None:
        """Show something that the next replaces; nothing where no person looks on."""
        if self._live:
            print(f"\r\x1b[2K{text}", end="", file=self._out, flush=True)
            self._showing = True

    def _clear(self) -> None:
        if self._showing:
            print("\r\x1b[2K", end="", file=self._out)
            self._showing = False


def agreed(dialogue: Dialogue, question: str) -> bool:
    """Does the technician say yes?"""
    return dialogue.ask(f"{question} [y/N]").lower() in {"y", "yes", "是", "好"}


def number(dialogue: Dialogue, question: str) -> float:
    """A number, asked for until one is given."""
    while True:
        text = dialogue.ask(question)
        try:
            value = float(text.replace("，", ".").replace(",", "."))
        except ValueError:
            value = float("nan")
        if abs(value) < float("inf"):
            return value
        dialogue.tell(say(f"“{text}”不是数，请重新输入；q 退出", f"{text!r} is no number: try again, or q to leave"))
