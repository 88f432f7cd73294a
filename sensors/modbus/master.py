"""Reading and writing through minimalmodbus (the only door to it), with the discipline of our line beneath it."""

from collections.abc import Sequence
from typing import cast

import minimalmodbus

from sensors.block import Block
from sensors.modbus.asks import Answer
from sensors.modbus.frame import command_request
from sensors.modbus.line import Line, Patience, Tally, Trouble
from sensors.reading import Reason


class Master:
    """Asks the instruments on one line; minimalmodbus builds each request and takes each answer apart."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """The contents of `block` at the instrument `address`, or why there are none."""
        beneath = _Beneath(self._line, patience)
        codec = minimalmodbus.Instrument(cast("minimalmodbus.serial.Serial", beneath), address)
        function = block.table.read_function
        read = codec.read_bits if block.table.of_bits else codec.read_registers
        try:
            return Answer(tuple(read(block.start, block.count, function)))
        except minimalmodbus.ModbusException as error:
            return beneath.trouble or Trouble(Reason.CRC, f"应答格式不符 / answer out of shape: {error}")

    def write(
        self, address: int, block: Block, contents: Sequence[int], patience: Patience, *, single: bool = False
    ) -> Trouble | None:
        """Write `contents`, as they stand on the wire, to `block` of the instrument; None once it has confirmed them.

        `single` takes functions 05 and 06, which write one address, otherwise 15 and 16. What may be written is for
        the caller to know: `sensors.workshop` writes what a profile allows, and reads it back.
        """
        beneath = _Beneath(self._line, patience)
        codec = minimalmodbus.Instrument(cast("minimalmodbus.serial.Serial", beneath), address)
        try:
            if single and block.table.of_bits:
                codec.write_bit(block.start, contents[0], 5)
            elif single:
                codec.write_register(block.start, contents[0], 0, 6)
            elif block.table.of_bits:
                codec.write_bits(block.start, list(contents))
            else:
                codec.write_registers(block.start, list(contents))
        except minimalmodbus.ModbusException as error:
            return beneath.trouble or Trouble(Reason.CRC, f"应答格式不符 / answer out of shape: {error}")
        return None

    def command(self, address: int, body: bytes, reply: int, patience: Patience) -> bytes | Trouble:
        """Send `body` (function and data) as it is; the whole answer of `reply` bytes, or why there is none."""
        return self._line.exchange(command_request(address, body), patience, reply)

    def tally(self, address: int) -> Tally:
        """The account of the instrument at `address`."""
        return self._line.tally(address)

    def close(self) -> None:
        """Give the port free."""
        self._line.close()


class _Beneath:
    """What minimalmodbus takes for a serial port: it is given one request and hands back one clean answer.

    Trouble is kept aside, because minimalmodbus knows it only as "no answer".
    """

    is_open = True
    # The silence between frames is the line's; above 19200 minimalmodbus never waits longer than the line did.
    baudrate = 115200

    def __init__(self, line: Line, patience: Patience) -> None:
        self._line = line
        self._patience = patience
        self._request = b""
        self.port = line.name
        self.timeout = patience.timeout_s
        self.trouble: Trouble | None = None

    def open(self) -> None:
        """Nothing to do: the line opens its port."""

    def close(self) -> None:
        """Nothing to do: the line closes its port."""

    def reset_input_buffer(self) -> None:
        """Nothing to do: the line drops what comes late, and counts it."""

    def reset_output_buffer(self) -> None:
        """Nothing to do: the line writes one request at a time."""

    def write(self, request: bytes) -> None:
        self._request = request

    def read(self, _length: int) -> bytes:
        outcome = self._line.exchange(self._request, self._patience)
        if isinstance(outcome, Trouble):
            self.trouble = outcome
            return b""
        return outcome
