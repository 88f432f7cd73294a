"""Pins at work: inputs to readings and alarms, counters that survive a restart, outputs that end in a safe state."""
