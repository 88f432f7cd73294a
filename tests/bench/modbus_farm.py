"""Modbus TCP devices on loopback, each on a port of its own, in a process of their own: pymodbus's server, on no side.

`python -m tests.bench.modbus_farm REGISTERS PORT...` says `ready`, and answers each line of its input with one of JSON:
for each device, how many requests it had, and the moments (CLOCK_MONOTONIC) at which its last register was read, which
is once in a cycle, into however many requests a client may cut it.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

ROOT = Path(__file__).parents[2]


@dataclass
class Device:
    """One device, at unit 1, and what was asked of it."""

    registers: int
    port: int
    requests: int = 0
    cycles: list[float] = field(default_factory=list)

    def server(self) -> ModbusTcpServer:
        """Its server; to be made inside of a running loop."""
        values = [1000 + (37 * register + self.port) % 60_000 for register in range(self.registers)]
        held = [SimData(0, values=values, datatype=DataType.REGISTERS)]
        return ModbusTcpServer(SimDevice(id=1, simdata=held), address=("127.0.0.1", self.port), trace_pdu=self._seen)

    def _seen(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending:
            self.requests += 1
            if pdu.address < self.registers <= pdu.address + pdu.count:
                self.cycles.append(time.monotonic())
        return pdu


async def _serve(registers: int, ports: list[int]) -> None:
    devices = [Device(registers, port) for port in ports]
    for device in devices:
        await device.server().serve_forever(background=True)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([[device.requests, device.cycles] for device in devices]), flush=True)


@dataclass(frozen=True)
class Seen:
    """What one device was asked so far."""

    requests: int
    cycles: tuple[float, ...]

    def between(self, begin: float, end: float) -> tuple[float, ...]:
        """The moments of its cycles in a window."""
        return tuple(at for at in self.cycles if begin <= at < end)


class Farm:
    """The other side of the process."""

    def __init__(self, registers: int, ports: list[int]) -> None:
        self.registers = registers
        self.ports = ports
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.modbus_farm", str(registers), *map(str, ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        said = self._line()
        assert said == "ready\n", said

    def seen(self) -> list[Seen]:
        """What each device was asked so far, in the order of the ports."""
        assert self._child.stdin
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return [Seen(requests, tuple(cycles)) for requests, cycles in json.loads(self._line())]

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.communicate()

    def _line(self) -> str:
        assert self._child.stdout
        return self._child.stdout.readline()


@contextmanager
def farm(registers: int, ports: list[int]) -> Iterator[Farm]:
    """A device with so many holding registers at each of the ports, until the block ends."""
    made = Farm(registers, ports)
    try:
        yield made
    finally:
        made.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
