"""The field bus: Modbus RTU frames, the discipline of one shared line, and stand-ins for both of its ends."""
