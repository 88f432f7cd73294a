"""The sites' broker apart from the gateway: mosquitto with the product's own files, as an operator may run it."""

import argparse
import os
import sys
from pathlib import Path

from gateway.app import certified
from gateway.broker import Listener, find_program, prepare
from gateway.config import Config, load


def main() -> None:
    """Become the mosquitto that a gateway's file describes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("config", type=Path)
    config, program = load(parser.parse_args().config), find_program()
    if not isinstance(config, Config) or program is None:
        sys.exit(f"{config if program else '找不到 mosquitto / mosquitto was not found'}")
    listener = Listener(config.broker.host, config.broker.port, config.gateway.dir / "broker", certified(config).server)
    os.execv(program, [str(program), "-c", str(prepare(listener))])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
