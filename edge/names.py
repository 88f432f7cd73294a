"""What sites, buses, instruments, cameras and pins may be called."""

from typing import Annotated

from pydantic import AfterValidator

from edge.wire.topics import SITE_ID


def _named(text: str) -> str:
    if SITE_ID.fullmatch(text):
        return text
    raise ValueError(
        "应为 1 至 32 个小写字母、数字或连字符，首尾不是连字符"
        " / expected 1 to 32 small letters, digits or hyphens, no hyphen first or last"
    )


Name = Annotated[str, AfterValidator(_named)]
"""Names travel in topics and file names."""
