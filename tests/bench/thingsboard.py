"""The peer: thingsboard-gateway in an environment of its own, configured to do little beside its work.

That is: no statistics, no remote configuration, no rate limits, INFO log. It tells nothing before somebody in its
cloud's place has answered what it asks (`getSessionLimits`), which `Cloud` does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from tests.broker_kit import RealBroker

HOME = Path(__file__).parents[2] / "build" / "peers" / "thingsboard"
LOCK = Path(__file__).with_name("thingsboard.txt")
SAYS = "v1/gateway/telemetry"
ASKS = "v1/devices/me/rpc/request/"
WANTS = "v1/devices/me/attributes/request/"


class AbsentError(RuntimeError):
    """The peer can't be had here; says why."""


def python(home: Path = HOME, lock: Path = LOCK) -> Path:
    """The interpreter of the peer's environment, which is made on first use; AbsentError where that can't be done."""
    made = home / "made-from.txt"
    if made.exists() and made.read_text() == lock.read_text():
        return home / "bin" / "python"
    print(f"正在安装对照软件 / installing the peer: {lock.name} -> {home}", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, capture_output=True, text=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        fetched = [str(home / "bin" / "python"), *install, "--no-deps", "-r", str(lock)]
        subprocess.run(fetched, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as fault:
        raise AbsentError(f"{fault.cmd[0]}: {fault.stderr.strip()[-600:]}") from fault
    made.write_text(lock.read_text())
    return home / "bin" / "python"


class Cloud:
    """Answers what the peer waits for, and counts the values that it tells."""

    def __init__(self, port: int) -> None:
        self.values = 0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="cloud")
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([(SAYS, 1), (f"{ASKS}+", 1), (f"{WANTS}+", 1)])
        self._client.loop_start()

    def close(self) -> None:
        """Go."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == SAYS:
            told = json.loads(message.payload)
            self.values += sum(len(one.get("values", one)) for rows in told.values() for one in rows)
        elif message.topic.startswith(ASKS):
            asked = json.loads(message.payload).get("method")
            limits = {"maxPayloadSize": 65536, "maxInflightMessages": 100, "rateLimits": {}, "gatewayRateLimits": {}}
            answer = json.dumps(limits if asked == "getSessionLimits" else {})
            client.publish(message.topic.replace("request", "response"), answer, 1)
        else:
            client.publish(message.topic.replace("request", "response"), "{}", 1)


@contextmanager
def thingsboard(folder: Path, ports: Sequence[int], registers: int, layout: str) -> Iterator[tuple[int, Cloud]]:
    """The running peer, reading the device at each of `ports` every second: its process id, and its cloud.

    `layout` "tags" asks for each register by itself, as its examples do; "wide" for all of a device in one request.
    """
    interpreter = python()
    broker = RealBroker.plain(folder / "mosquitto")
    broker.start()
    cloud = Cloud(broker.port)
    _configure(folder, ports, registers, broker.port, layout)
    start = "from thingsboard_gateway.tb_gateway import daemon; daemon()"
    places = {"TB_GW_CONFIG_DIR": f"{folder}/", "TB_GW_LOGS_PATH": f"{folder}/logs"}
    with (folder / "thingsboard.log").open("wb") as log:
        child = subprocess.Popen([str(interpreter), "-c", start], cwd=folder, env=places, stdout=log, stderr=log)
    try:
        yield child.pid, cloud
    finally:
        child.kill()
        child.wait()
        cloud.close()
        broker.stop()


def _configure(folder: Path, ports: Sequence[int], registers: int, broker: int, layout: str) -> None:
    for name in ("data", "logs"):
        (folder / name).mkdir(parents=True)
    slaves = [_slave(nth, port, registers, layout) for nth, port in enumerate(ports)]
    _write(folder / "tb_gateway.json", _gateway(broker))
    _write(folder / "modbus.json", {"name": "mb", "logLevel": "INFO", "master": {"slaves": slaves}})
    names = ("service", "connector", "converter", "tb_connection", "storage", "extension", "statistics")
    loud = {"handlers": ["console"], "level": "INFO", "propagate": False}
    console = {"class": "logging.StreamHandler", "level": "INFO", "stream": "ext://sys.stdout"}
    logs = {"version": 1, "disable_existing_loggers": False, "handlers": {"console": console}}
    root = {"level": "ERROR", "handlers": ["console"]}
    _write(folder / "logs.json", {**logs, "loggers": dict.fromkeys(names, loud), "root": root})


def _gateway(broker: int) -> dict[str, Any]:
    limits = ("rateLimits", "dpRateLimits", "messagesRateLimits", "deviceMessagesRateLimits", "deviceRateLimits")
    thingsboard = {
        "host": "127.0.0.1",
        "port": broker,
        "remoteShell": False,
        "remoteConfiguration": False,
        "statistics": {"enable": False, "statsSendPeriodInSeconds": 3600},
        "deviceFiltering": {"enable": False, "filterFile": "list.json"},
        "maxPayloadSizeBytes": 65536,
        "minPackSendDelayMS": 50,
        "minPackSizeToSend": 500,
        "checkConnectorsConfigurationInSeconds": 3600,
        "security": {"type": "accessToken", "accessToken": "bench"},
        "qos": 1,
        "reportStrategy": {"type": "ON_RECEIVED"},
        "checkingDeviceActivity": {"checkDeviceInactivity": False},
        **dict.fromkeys((*limits, "deviceDpRateLimits"), "0:0,"),
    }
    return {
        "thingsboard": thingsboard,
        "storage": {"type": "memory", "read_records_count": 100, "max_records_count": 100_000},
        "grpc": {"enabled": False, "serverPort": 19595},
        "connectors": [{"type": "modbus", "name": "mb", "configuration": "modbus.json"}],
    }


def _slave(nth: int, port: int, registers: int, layout: str) -> dict[str, Any]:
    word = {"type": "16uint", "functionCode": 3, "objectsCount": 1}
    wide = [{"tag": "r${address}", "address": f"0-{registers - 1}", "maxRegistersPerRequest": 125, **word}]
    tags = [{"tag": f"r{register}", "address": register, **word} for register in range(registers)]
    return {
        "host": "127.0.0.1",
        "port": port,
        "type": "tcp",
        "method": "socket",
        "unitId": 1,
        "deviceName": f"dev{nth}",
        "deviceType": "default",
        "timeout": 5,
        "byteOrder": "BIG",
        "wordOrder": "BIG",
        "retries": 1,
        "pollPeriod": 1000,
        "connectAttemptTimeMs": 1000,
        "connectAttemptCount": 5,
        "waitAfterFailedAttemptsMs": 30_000,
        "attributes": [],
        "timeseries": tags if layout == "tags" else wide,
        "attributeUpdates": [],
        "rpc": [],
    }


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1), "utf-8")
