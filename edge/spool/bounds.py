"""How much room the spool may take: in bytes of its own, and in what it leaves of the disk. Pure."""

from dataclasses import dataclass

PAGE = 4096
"""SQLite's page, as every spool is made with."""
MIN_LOG, MAX_LOG = 16, 1000
"""Least and most pages of write-ahead log after which it is carried into the file."""
ROW = 96
"""What a row costs beside its body: header, columns, index."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`max_bytes` for file and log together; below `disk_floor` free bytes on the disk the file grows no further.

    Where none is given the floor is 200 MB, or a twentieth of a small disk. A disk that others filled is not emptied at
    the cost of messages: under the floor what is new takes the place of what is old, and nothing more is dropped.
    """

    max_bytes: int = 2_000_000_000
    disk_floor: int | None = None

    @property
    def log_pages(self) -> int:
        """After how many pages the log is carried into the file: a sixteenth of the whole."""
        return min(MAX_LOG, max(MIN_LOG, self.max_bytes // 16 // PAGE))

    def spare(self, free: int, total: int) -> int:
        """How many bytes of a disk may still be taken, of which so many are free."""
        floor = min(200_000_000, total // 20) if self.disk_floor is None else self.disk_floor
        return max(0, free - floor)

    def pages(self, held: int, spare: int) -> int:
        """How many pages may be in use where the file has `held`, and `spare` bytes of the disk may be taken."""
        own = self.max_bytes // PAGE - 2 * self.log_pages  # the last commit before that may be a large one
        return max(MIN_LOG, min(own, held + spare // PAGE))


def pages_for(sizes: list[int]) -> int:
    """About how many pages rows with bodies of these sizes will need; rather too many."""
    return sum(size + ROW for size in sizes) // PAGE + sum(size > PAGE // 2 for size in sizes) + 3
