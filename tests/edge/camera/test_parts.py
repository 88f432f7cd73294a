"""Motion JPEG framing, as cameras send it and as they should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.parts import MAX_BYTES, Parts


def part(body: bytes, boundary: bytes = b"--frame", length: bool = True, line: bytes = b"\r\n") -> bytes:
    head = [boundary, b"Content-Type: image/jpeg", *([b"Content-Length: %d" % len(body)] if length else [])]
    return line.join(head) + line + line + body + line


# A JPEG may hold anything, a boundary's dashes and empty lines among it.
BODY = b"\xff\xd8\r\n\r\n--fram\r\n\n\n\x00\xff\xd9"
bodies = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=6)
cuts = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def fed(parts: Parts, data: bytes, sizes: list[int]) -> list[bytes]:
    """Everything that comes out when the data arrives in pieces of these sizes, then the rest."""
    out: list[bytes] = []
    for size in sizes:
        piece, data = data[:size], data[size:]
        out += parts.feed(piece)
    return [*out, *parts.feed(data)]


@given(bodies, cuts)
def test_parts_with_a_length_come_out_whole_however_they_arrive(sent: list[bytes], sizes: list[int]) -> None:
    assert fed(Parts("frame"), b"".join(part(body) for body in sent), sizes) == sent


@given(st.lists(st.binary(min_size=1, max_size=60).filter(lambda body: b"-" not in body), min_size=1, max_size=6), cuts)
def test_parts_without_a_length_end_at_the_next_boundary(sent: list[bytes], sizes: list[int]) -> None:
    whole = [body for body in sent if not body.endswith((b"\r", b"\n")) and not body.startswith((b"\r", b"\n"))]
    data = b"".join(part(body, length=False) for body in whole) + b"--frame\r\n"
    assert fed(Parts("frame"), data, sizes) == whole


@pytest.mark.parametrize("named", ["frame", "--frame", '"frame"'])
@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_boundaries_and_line_ends_as_cameras_bend_them(named: str, length: bool, line: bytes) -> None:
    body = BODY if length else b"\xff\xd8 body \xff\xd9"
    data = part(body, length=length, line=line) * 2 + b"--frame" + line
    assert Parts(named).feed(data) == (body, body)


def test_a_preamble_is_passed_over() -> None:
    assert Parts("frame").feed(b"hello\r\n" + part(BODY)) == (BODY,)


def test_the_last_part_without_a_length_waits_for_its_end() -> None:
    parts = Parts("frame")
    assert parts.feed(part(b"abc", length=False)) == ()
    assert parts.feed(b"--frame--\r\n") == (b"abc",)


def test_a_stream_without_boundary_does_not_fill_the_memory() -> None:
    parts = Parts("frame")
    for _ in range(20):
        assert parts.feed(b"x" * 65536) == ()
    assert len(parts._buffer) < 1000
    assert parts.feed(b"\r\n" + part(BODY)) == (BODY,)


def test_a_part_without_end_is_refused_when_it_is_too_long() -> None:
    parts = Parts("frame")
    parts.feed(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n")
    with pytest.raises(ValueError, match=f"more than {MAX_BYTES} bytes"):
        for _ in range(20):
            parts.feed(b"x" * (MAX_BYTES // 16))


def test_a_part_that_announces_too_much_is_refused_before_it_comes() -> None:
    with pytest.raises(ValueError, match="999999999 bytes is announced"):
        Parts("frame").feed(b"--frame\r\nContent-Length: 999999999\r\n\r\n")
