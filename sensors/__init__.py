"""What is on site and how it is read: the field bus, the instrument library, and the value it yields.

Rules: pure cores (frame, plan, decode) do no I/O and know no clock; one door per outside library
(`modbus/tty.py` for pyserial and minimalmodbus); this package imports no other package of the product.
"""
