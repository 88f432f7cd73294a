"""The description of all topics (AsyncAPI 3.0) with JSON Schemas, generated from the types that the code sends."""

import json
from typing import Any

import msgspec

from edge.wire import codec
from edge.wire import messages as wire
from edge.wire.legend import Legend
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import ROOT, Kind
from gateway import county_messages as county
from gateway.config import CountyTable

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
MSGPACK = "application/vnd.msgpack"

COUNTY: dict[str, type[county.Message]] = {
    "readings": county.Readings,
    "alarm": county.Alarm,
    "health": county.Health,
    "clock": county.Clock,
    "online": county.Online,
}
"""The county's JSON messages by the last word of their topic."""

ENVELOPED: dict[Kind, type[wire.Wire]] = {
    Kind.ALARM: wire.Alarm,
    Kind.EVIDENCE: wire.Evidence,
    Kind.HEALTH: wire.Health,
    Kind.CLOCK: wire.ClockFix,
}
BARE: dict[Kind, type[wire.Wire]] = {Kind.ONLINE: wire.Online, Kind.ACK: wire.Ack}
TIMES: dict[str, type[wire.Wire]] = {"time_request": TimeRequest, "time_offer": TimeOffer}
"""What is asked and what is answered under `Kind.TIME`."""


def files() -> dict[str, str]:
    """All files of the description by their path below docs/."""
    schemas = {f"county-{name}": schema(known) for name, known in COUNTY.items()}
    schemas |= {f"site-{kind}": schema(known) for kind, known in (ENVELOPED | BARE).items()}
    schemas |= {f"site-{name.replace('_', '-')}": schema(known) for name, known in TIMES.items()}
    schemas |= {"site-envelope": schema(codec.Envelope), "site-legend": schema(Legend)}
    texts = {f"schemas/{name}.json": _json(found) for name, found in schemas.items()}
    return {"asyncapi.yaml": HEAD + yaml(document()), **texts}


def schema(known: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of one type, with all that it refers to."""
    return {"$schema": JSON_SCHEMA, **_flowing(msgspec.json.schema(known))}


def _flowing(part: Any) -> Any:
    """The same with descriptions as running text: what a docstring's lines look like depends on Python's version."""
    if isinstance(part, dict):
        return {
            key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _flowing(value)
            for key, value in part.items()
        }
    return [_flowing(item) for item in part] if isinstance(part, list) else part


def document() -> dict[str, Any]:
    """The AsyncAPI document; payloads refer to the files in schemas/."""
    channels = {**_county_channels(), **_site_channels()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Luxi",
            "version": "1.0.0",
            "description": "What the gateway tells the county, and what passes between the sites and the gateway.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "county": {
                "host": "county.example:1883",
                "protocol": "mqtt",
                "protocolVersion": "5.0",
                "description": "The county's own broker, named in [county] of gateway.toml. Subscribe at QoS 1 with a"
                " session that outlives your connection (clean start off, session expiry set) before the gateway"
                " begins: a broker forgets what nobody is subscribed to. A message may come twice: drop the second by"
                " its id (a picture by the SHA-256 in its topic).",
            },
            "sites": {
                "host": "gateway.example:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "5.0",
                "description": "The gateway's broker. The common name of a client's certificate is its site's id.",
                "security": [{"type": "X509"}],
            },
        },
        "channels": channels,
        "operations": {name: _operation(name, channel) for name, channel in channels.items()},
    }


def yaml(value: object, indent: str = "") -> str:
    """Plain data as YAML 1.2, block style; texts in JSON's quotes, which YAML shares."""
    if isinstance(value, dict) and value:
        return "".join(f"{indent}{_key(key)}:{_nested(item, indent)}" for key, item in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{indent}-{_nested(item, indent)}" for item in value)
    return f"{indent}{json.dumps(value, ensure_ascii=False)}\n"


_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1 takes for something else."""
HEAD = "# Made by `luxi gateway asyncapi`; a test holds it against the code. Don't edit by hand.\n"


def _nested(item: object, indent: str) -> str:
    if isinstance(item, dict | list) and item:
        return "\n" + yaml(item, indent + "  ")
    return " " + yaml(item)


def _key(key: object) -> str:
    text = str(key)
    plain = text.replace("_", "").isalnum() and not text.isdigit() and text.lower() not in _NOT_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _county_channels() -> dict[str, dict[str, Any]]:
    prefix = CountyTable.model_fields["prefix"].default
    channels = {
        f"county_{name}": _channel(
            "county", f"{prefix}/{{site}}/{name}", name, "application/json", f"county-{name}", (known.__doc__ or "")
        )
        for name, known in COUNTY.items()
    }
    picture = _channel(
        "county",
        f"{prefix}/{{site}}/picture/{{sha256}}",
        "picture",
        "image/jpeg",
        None,
        "The picture behind an alarm, byte for byte as it was judged; the alarm names its topic.",
    )
    picture["parameters"]["sha256"] = {"description": "SHA-256 of the payload, lower-case hexadecimal."}
    return {**channels, "county_picture": picture}


def _site_channels() -> dict[str, dict[str, Any]]:
    channels = {}
    for kind in (Kind.BATCH, *ENVELOPED):
        about = (
            "An envelope (schemas/site-envelope.json) whose body is one byte of form (0 plain, 1 deflated, RFC 1951)"
            " and " + _form(kind)
        )
        channels[f"site_{kind}"] = _channel(
            "sites", f"{ROOT}/{{site}}/up/{kind}", kind, MSGPACK, "site-envelope", about
        )
    legend = _channel(
        "sites",
        f"{ROOT}/{{site}}/up/legend/{{digest}}",
        Kind.LEGEND,
        MSGPACK,
        "site-legend",
        "What batches refer to; ahead of the first of them on each connection. One byte of form, as in an envelope's"
        " body, and MessagePack.",
    )
    legend["parameters"]["digest"] = {"description": "BLAKE2b of the payload, 8 bytes, in hexadecimal."}
    online = _channel(
        "sites",
        f"{ROOT}/{{site}}/up/online/{{program}}",
        Kind.ONLINE,
        MSGPACK,
        "site-online",
        "Retained; the will of the program's connection says false.",
    )
    online["parameters"]["program"] = {"description": "sense or watch."}
    ack = _channel(
        "sites",
        f"{ROOT}/{{site}}/down/ack/{{stream}}",
        Kind.ACK,
        MSGPACK,
        "site-ack",
        "Sent after the gateway's commit: only now may the device forget these messages.",
    )
    ack["parameters"]["stream"] = {"description": "The stream of a spool, named in every envelope."}
    return {**channels, "site_legend": legend, "site_online": online, "site_ack": ack, **_time_channels()}


def _time_channels() -> dict[str, dict[str, Any]]:
    request = _channel(
        "sites",
        f"{ROOT}/{{site}}/up/time/{{program}}",
        "time-request",
        MSGPACK,
        "site-time-request",
        "A program whose clock is not synchronised asks for the time.",
    )
    offer = _channel(
        "sites",
        f"{ROOT}/{{site}}/down/time/{{program}}",
        "time-offer",
        MSGPACK,
        "site-time-offer",
        "The gateway's answer, given only while it knows what time it is. It repeats the question's mono_ms; the device"
        " takes it for the middle between asking and hearing.",
    )
    for channel in (request, offer):
        channel["parameters"]["program"] = {"description": "sense or watch."}
    return {"site_time_request": request, "site_time_offer": offer}


def _form(kind: Kind) -> str:
    if kind is Kind.BATCH:
        return "a batch in the form that docs/wire.md tells, under the legend that it names."
    return f"MessagePack of the shape in schemas/site-{kind}.json. Bytes are MessagePack's bin."


def _channel(
    server: str, address: str, message: str, content_type: str, schema_file: str | None, about: str
) -> dict[str, Any]:
    told: dict[str, Any] = {"name": str(message), "contentType": content_type, "summary": about}
    if schema_file is not None:
        told["payload"] = {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./schemas/{schema_file}.json"}}
    return {
        "address": address,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "parameters": {"site": {"description": "The site's id."}},
        "messages": {str(message): told},
    }


def _operation(name: str, channel: dict[str, Any]) -> dict[str, Any]:
    """What the gateway does with a channel."""
    sends = name.startswith("county_") or name in {"site_ack", "site_time_offer"}
    retained = channel["address"].endswith("/online") or "/online/" in channel["address"]
    return {
        "action": "send" if sends else "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "bindings": {"mqtt": {"qos": 1, "retain": retained, "bindingVersion": "0.2.0"}},
    }
