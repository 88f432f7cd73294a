"""The description of the topics: it is what the code generates, it holds together, and real messages obey it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from broker_kit import RealBroker, until
from gateway_kit import ALARM, FIX, HEALTH, JPEG, PICTURE, SHA256, batch, came, known, running, sent, told
from jsonschema import Draft202012Validator

from edge.link.endpoint import Endpoint
from edge.link.mqtt import MqttLink
from edge.runtime.clock import SystemClock
from edge.wire import codec
from edge.wire.squeeze import inflated
from edge.wire.topics import Kind
from gateway import asyncapi
from gateway.archive.store import Archive
from gateway.asyncapi import BARE, COUNTY, ENVELOPED, TIMES, document, files, schema
from gateway.county_mqtt import CountyTopics
from gateway.inbound import judge
from gateway.outbox import Forwarder, Outbox

DOCS = Path(__file__).parents[2] / "docs"
Heard = tuple[str, str, bytes]


def committed() -> dict[str, Any]:
    return dict(yaml.safe_load((DOCS / "asyncapi.yaml").read_text("utf-8")))


@pytest.mark.parametrize("name", files())
def test_the_committed_file_is_what_the_code_generates(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == files()[name], "run: ./dev luxi gateway asyncapi"


def test_there_is_no_schema_that_the_code_does_not_generate() -> None:
    there = {f"schemas/{path.name}" for path in (DOCS / "schemas").iterdir()}
    assert there == set(files()) - {"asyncapi.yaml"}


def test_the_yaml_says_what_the_document_says() -> None:
    assert yaml.safe_load(asyncapi.yaml(document())) == document()
    awkward = {"a b": ["x: y", "", None, True, 1.5, [], {}, [["n"]], {"7": "值", "on": "no"}], "empty": {}}
    assert yaml.safe_load(asyncapi.yaml(awkward)) == awkward


def test_every_message_of_the_wire_is_described() -> None:
    assert {*ENVELOPED, *BARE, Kind.BATCH, Kind.LEGEND, Kind.TIME} == set(Kind)
    channels = document()["channels"]
    told_of = {channel["address"].split("/")[4] for name, channel in channels.items() if "site_" in name}
    assert told_of == set(map(str, Kind))
    sites = {f"site_{name}" for name in (*ENVELOPED, *BARE, *TIMES, Kind.BATCH, Kind.LEGEND)}
    assert sites | {f"county_{name}" for name in (*COUNTY, "picture")} == set(channels)


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_leads_somewhere() -> None:
    found = committed()
    assert found["asyncapi"].startswith("3.")
    for reference in references(found):
        if reference.startswith("./"):
            Draft202012Validator.check_schema(json.loads((DOCS / reference).read_text("utf-8")))
            continue
        place: Any = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place, reference


def test_every_operation_has_its_channel_and_every_parameter_its_place() -> None:
    found = committed()
    assert found["operations"].keys() == found["channels"].keys()
    for channel in found["channels"].values():
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel["parameters"])


@pytest.mark.parametrize("name", COUNTY)
def test_a_schema_refuses_what_lacks_its_id_or_lies_about_a_type(name: str) -> None:
    validator = Draft202012Validator(schema(COUNTY[name]))
    assert not validator.is_valid({})
    assert not validator.is_valid([])
    assert not validator.is_valid({"id": 5, "site": "pond-1"})


def test_what_the_device_sends_has_the_shape_that_is_told() -> None:
    """MessagePack read as plain data, held against the generated schema (bytes stand for themselves)."""
    for body in (ALARM, HEALTH, FIX):
        value = asyncapi.msgspec.msgpack.decode(inflated(codec.encode_kept(body)))
        Draft202012Validator(json.loads(files()[f"schemas/site-{codec.kind_of(body)}.json"])).validate(value)
    legend, _ = told(sent(batch(8.5, None), 1))
    value = asyncapi.msgspec.msgpack.decode(inflated(legend.payload))
    Draft202012Validator(json.loads(files()["schemas/site-legend.json"])).validate(value)


# --- on a real wire ----------------------------------------------------------------------------------------------


@pytest.fixture
def heard(tmp_path: Path, broker: RealBroker) -> list[Heard]:
    """Everything that mosquitto_sub hears of one of each message: topic, media type, payload."""
    archive = Archive(tmp_path / "archive.db", {"county": CountyTopics("county/1")})
    messages = [sent(body, seq) for seq, body in enumerate((batch(8.5, None), ALARM, PICTURE, HEALTH, FIX), 1)]
    messages += [came("sense"), came("watch", online=False)]
    archive.keep([judge(message, frozenset({"pond-1"}), known) for message in messages], 1_790_000_000_000)
    archive.close()
    outbox = Outbox(tmp_path / "archive.db", "county")
    command = [
        "stdbuf",
        "-oL",
        "mosquitto_sub",
        "-p",
        str(broker.port),
        "-V",
        "mqttv5",
        "-t",
        "county/1/#",
        "-C",
        "7",
        "-W",
        "20",
    ]
    with subprocess.Popen([*command, "-F", "%t %C %x", "-d"], stdout=subprocess.PIPE, text=True) as witness:
        assert witness.stdout is not None
        lines = iter(witness.stdout.readline, "")
        assert any("Subscribed" in line for line in lines)
        link = MqttLink(Endpoint("127.0.0.1", broker.port, "gateway"), SystemClock())
        with running(Forwarder(outbox, link, SystemClock(), "county")):
            found = [line.split() for line in lines if line.startswith("county/")]
            until(lambda: outbox.waiting(1) == [], "the outbox is empty")
    outbox.close()
    return [(topic, media_type, bytes.fromhex(payload)) for topic, media_type, payload in found]


def channel_of(topic: str) -> dict[str, Any]:
    """The channel of the committed description whose address fits a topic."""
    fits = [
        channel
        for channel in committed()["channels"].values()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", channel["address"]), topic)
    ]
    assert len(fits) == 1, (topic, fits)
    return dict(fits[0])


def test_a_client_that_nobody_here_wrote_sees_what_is_described(heard: list[Heard]) -> None:
    assert [topic.split("/", 3)[-1] for topic, _, _ in heard] == [
        "readings",
        "alarm",
        f"picture/{SHA256}",
        "health",
        "clock",
        "online",
        "online",
    ]
    for topic, media_type, payload in heard:
        (message,) = channel_of(topic)["messages"].values()
        assert media_type == message["contentType"]
        if "payload" not in message:
            assert payload == JPEG
            continue
        path = DOCS / message["payload"]["schema"]["$ref"]
        validator = Draft202012Validator(json.loads(path.read_text("utf-8")))
        value = json.loads(payload)
        assert list(validator.iter_errors(value)) == []
        unknown = set(value) - set(COUNTY[topic.rsplit("/", 1)[-1]].__struct_fields__)
        assert unknown == set(), "the wire says more than the description"


def test_what_is_retained_is_there_for_who_comes_later(heard: list[Heard], broker: RealBroker) -> None:
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", "county/1/#", "-W", "1", "-F", "%t %r %p"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (line,) = done.stdout.splitlines()
    topic, retained, payload = line.split(" ", 2)
    assert (topic, retained) == ("county/1/pond-1/online", "1")
    assert json.loads(payload) == json.loads(heard[-1][2])
