"""Talking with a technician: at a terminal, and with the answers of a script."""

import io
import os
import pty
import threading

import pytest

from edge.commission.dialogue import LeftError, Terminal, agreed, number


def scripted(*answers: str) -> tuple[Terminal, io.StringIO]:
    out = io.StringIO()
    return Terminal(out, io.StringIO("".join(f"{one}\n" for one in answers))), out


def test_answers_come_without_blanks_and_are_seen() -> None:
    terminal, out = scripted("  7.00 ")
    assert terminal.ask("pH?") == "7.00"
    assert out.getvalue() == "pH? 7.00\n"


@pytest.mark.parametrize("answers", [[], ["q"], [" Q "]])
def test_q_and_the_end_of_the_answers_leave(answers: list[str]) -> None:
    terminal, _ = scripted(*answers)
    with pytest.raises(LeftError):
        terminal.ask("pH?")


def test_what_is_only_shown_is_not_written_for_a_script() -> None:
    terminal, out = scripted()
    terminal.show("7.01")
    terminal.tell("done")
    assert out.getvalue() == "done\n"


@pytest.mark.parametrize(
    ("answer", "yes"), [("y", True), ("Yes", True), ("是", True), ("", False), ("n", False), ("maybe", False)]
)
def test_only_yes_is_yes(answer: str, yes: bool) -> None:
    assert agreed(scripted(answer)[0], "go on?") is yes


def test_a_number_is_asked_for_until_there_is_one() -> None:
    terminal, out = scripted("seven", "", "nan", "-inf", "6,86")
    assert number(terminal, "pH?") == 6.86
    assert out.getvalue().count("pH?") == 5


def test_at_a_terminal_what_is_shown_is_replaced_and_what_was_typed_before_is_no_answer() -> None:
    near, far = pty.openpty()
    with open(far, encoding="utf-8", closefd=False) as answers, open(far, "w", encoding="utf-8", closefd=False) as out:
        terminal = Terminal(out, answers)
        terminal.show("7.00")
        terminal.show("7.01")
        os.write(near, b"typed too early\n")
        typing = threading.Timer(0.5, os.write, (near, b"4.00\n"))
        typing.start()
        assert terminal.ask("pH?") == "4.00"
        typing.join()
    seen = os.read(near, 4096).decode()
    assert seen.index("7.00") < seen.index("\x1b[2K7.01") < seen.index("pH?")
    os.close(near)
    os.close(far)
