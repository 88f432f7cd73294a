"""Modbus TCP devices on loopback, each on a port of its own, as a process of its own: pymodbus's server, ours on no side.

`python -m tests.bench.modbus_farm COUNT REGISTERS FIRST_PORT` says `ready`, and answers each line on its input with one of
JSON: for each device, how many requests it had and the moments (CLOCK_MONOTONIC) at which its last register was read,
which is once in each cycle however a client cuts its cycle into requests.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


@dataclass
class Device:
    """One device and what was asked of it."""

    port: int
    registers: int
    requests: int = 0
    cycles: list[float] = field(default_factory=list)

    async def serve(self) -> None:
        """Answer until the process ends."""
        values = [1000 + (37 * register + self.port) % 60_000 for register in range(self.registers)]
        held = [SimData(0, values=values, datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(SimDevice(id=1, simdata=held), address=("127.0.0.1", self.port), trace_pdu=self._seen)
        await server.serve_forever()

    def _seen(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:  # noqa: FBT001 - pymodbus calls it so
        if not sending:
            self.requests += 1
            if pdu.address <= self.registers - 1 < pdu.address + pdu.count:
                self.cycles.append(time.monotonic())
        return pdu


async def _report(devices: list[Device]) -> None:
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([[device.requests, device.cycles] for device in devices]), flush=True)


async def main(count: int, registers: int, first_port: int) -> None:
    """Serve until the input is closed."""
    devices = [Device(first_port + nth, registers) for nth in range(count)]
    serving = [asyncio.create_task(device.serve()) for device in devices]
    await asyncio.sleep(0.5)
    print("ready", flush=True)
    await _report(devices)
    for task in serving:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
