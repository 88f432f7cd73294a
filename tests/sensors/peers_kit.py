"""Independent peers for the field bus: pymodbus's servers, libmodbus as master (mbpoll) and as slave, and a wire."""

import asyncio
import os
import select
import shutil
import subprocess
import threading
import tty
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from sensors.block import Table

BITS = (1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1)
WORDS = (0xFF33, 546, 0, 0xFFFF, 1)
START = 10
"""Where every peer holds BITS in its tables of bits and WORDS in its tables of registers, at address 1."""

TABLES = [(table, BITS if table.of_bits else WORDS) for table in Table]

needs_mbpoll = pytest.mark.skipif(not shutil.which("mbpoll"), reason="mbpoll isn't installed (Debian: mbpoll)")
needs_libmodbus = pytest.mark.skipif(
    not shutil.which("gcc") or not Path("/usr/include/modbus/modbus.h").exists(),
    reason="no gcc or no libmodbus to compile a slave with (Debian: gcc libmodbus-dev)",
)

LIBMODBUS_SLAVE = """
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int bits[] = {%(bits)s}, words[] = {%(words)s};
    int tcp = !strcmp(argv[1], "tcp"), listening;
    modbus_t *bus = tcp ? modbus_new_tcp("127.0.0.1", atoi(argv[2])) : modbus_new_rtu(argv[2], 9600, 'N', 8, 1);
    modbus_mapping_t *map = modbus_mapping_new(32, 32, 32, 32);
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        map->tab_bits[%(start)d + i] = map->tab_input_bits[%(start)d + i] = bits[i];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        map->tab_registers[%(start)d + i] = map->tab_input_registers[%(start)d + i] = words[i];
    modbus_set_slave(bus, 1);
    listening = tcp ? modbus_tcp_listen(bus, 1) : modbus_connect(bus);
    if (listening == -1) return 1;
    puts("ready");
    fflush(stdout);
    if (tcp && modbus_tcp_accept(bus, &listening) == -1) return 1;
    for (;;) {
        int length = modbus_receive(bus, request);
        if (length > 0) modbus_reply(bus, request, length, map);
        else if (length == -1 && tcp) return 0;
    }
}
"""


class Wire:
    """Two serial ports that are joined: what is written to one comes out of the other."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        self.names: list[str] = []
        self._theirs: list[int] = []
        for _ in range(2):
            ours, theirs = os.openpty()
            tty.setraw(theirs)
            self._ends.append(ours)
            self._theirs.append(theirs)  # kept open, so that either program may come and go
            self.names.append(os.ttyname(theirs))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        for end in (*self._ends, *self._theirs):
            os.close(end)

    def _carry(self) -> None:
        one, other = self._ends
        while not self._stopping.is_set():
            for end in select.select([one, other], [], [], 0.02)[0]:
                os.write(other if end == one else one, os.read(end, 4096))


@contextmanager
def wire() -> Iterator[Wire]:
    made = Wire()
    try:
        yield made
    finally:
        made.close()


class _Loop:
    """An event loop in a thread of its own, for as long as a pymodbus server is needed."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


def device() -> SimDevice:
    bits = [SimData(START, values=[bool(one) for one in BITS], datatype=DataType.BITS)]
    words = [SimData(START, values=list(WORDS), datatype=DataType.REGISTERS)]
    return SimDevice(id=1, simdata=(bits, bits, words, words))


@contextmanager
def pymodbus_server(make: Callable[[], ModbusTcpServer | ModbusSerialServer]) -> Iterator[None]:
    """The server that `make` makes, on a loop of its own, until the block ends."""
    loop = _Loop()
    servers: list[ModbusTcpServer | ModbusSerialServer] = []

    async def start() -> None:
        servers.append(make())
        await servers[0].serve_forever(background=True)

    async def stop() -> None:
        await servers[0].shutdown()
        await asyncio.sleep(0.05)

    try:
        loop.do(start())
        yield
        loop.do(stop())
    finally:
        loop.close()


@contextmanager
def libmodbus_slave(folder: Path, way: str, where: str) -> Iterator[None]:
    """A slave of libmodbus's at address 1, made here, on the serial port or the TCP port `where`."""
    listed = {name: ", ".join(map(str, values)) for name, values in (("bits", BITS), ("words", WORDS))}
    (folder / "slave.c").write_text(LIBMODBUS_SLAVE % {**listed, "start": START})
    program = str(folder / "slave")
    subprocess.run(["gcc", "-o", program, str(folder / "slave.c"), "-lmodbus"], check=True)
    with subprocess.Popen([program, way, where], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            child.kill()


def mbpoll(*arguments: str) -> dict[int, str]:
    """What one poll of mbpoll's printed, by register."""
    done = subprocess.run(["mbpoll", "-0", "-1", *arguments], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line[1:].split("]:") for line in done.stdout.splitlines() if line.startswith("[")]
    return {int(number): value.split()[0] for number, value in rows}
