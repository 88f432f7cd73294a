"""What the gateway keeps for ever: one SQLite file, written by one connection, read by any."""
