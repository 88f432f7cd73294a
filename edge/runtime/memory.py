"""What a long-running program does about its memory: one heap for all threads, and what starting up left is let go."""

import ctypes
import gc

_M_ARENA_MAX = -8  # <malloc.h> of glibc


def one_heap() -> None:
    """Let all threads share the C library's first heap; to be called before there are any.

    glibc gives each thread a heap of its own so that they don't wait for each other. Here every thread waits for a
    wire or a disk nearly all the time, and each heap keeps what it once needed.
    """
    _libc("mallopt", _M_ARENA_MAX, 1)


def settle() -> None:
    """Give back what starting up left over, and don't look through what stays for rubbish again and again."""
    gc.collect()
    gc.freeze()
    _libc("malloc_trim", 0)


def _libc(name: str, *arguments: int) -> None:
    """Call a function of the C library; one that isn't there (musl) is none of a program's business."""
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
