"""Messages as JSON shows them: fields by name, and of pictures no more than was asked for."""

import json
from base64 import b64decode

from hypothesis import given
from spool_kit import EVIDENCE, HEALTH, alarm
from wire_kit import ALARMS, FIXES, HEALTHS, PICTURES

from edge.wire.messages import Body
from edge.wire.plain import plain


def test_a_picture_is_a_size_unless_it_is_wanted() -> None:
    assert plain(EVIDENCE)["data"] == f"{len(EVIDENCE.data)} bytes"
    shown = plain(EVIDENCE, pictures=True)
    assert b64decode(shown["data"]) == EVIDENCE.data
    assert (shown["episode"], shown["at"]["boot"]) == (EVIDENCE.episode, "boot-1")


def test_fields_have_their_names_however_deep() -> None:
    assert plain(HEALTH)["spool"]["messages"] == 0
    assert plain(alarm(3))["episode"] == "field-3"


@given(ALARMS | PICTURES | FIXES | HEALTHS)
def test_every_message_is_json_with_every_field(message: Body) -> None:
    shown = plain(message)
    assert list(json.loads(json.dumps(shown))) == list(message.__struct_fields__)
