"""Messages with the names of their fields, ready for JSON: what a person or a script reads. Pure."""

from base64 import b64encode
from typing import Any

import msgspec

from edge.wire.messages import Evidence


def plain(message: Any, *, pictures: bool = False) -> Any:
    """A message as objects, lists and values; of a picture only how large it is, or, if wanted, all of it in base64."""
    if isinstance(message, Evidence):
        shown = b64encode(message.data) if pictures else f"{len(message.data)} bytes".encode()
        message = msgspec.structs.replace(message, data=shown)
    if isinstance(message, msgspec.Struct):
        return {name: plain(getattr(message, name)) for name in message.__struct_fields__}
    if isinstance(message, tuple):
        return [plain(item) for item in message]
    return message.decode() if isinstance(message, bytes) else msgspec.to_builtins(message)
