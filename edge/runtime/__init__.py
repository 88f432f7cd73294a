"""How programs live: clock, supervisor, systemd, back-off, settings. Shared by the device and the gateway."""
