"""`luxi check FILE`: every fault of a site or gateway file at once."""

import json
import sys
from pathlib import Path

import msgspec

from edge.config import read_site
from edge.runtime.program import print_faults
from edge.runtime.settings import load
from edge.runtime.words import say
from gateway.config import check as check_gateway
from sensors.catalogue import Catalogue
from sensors.fault import Fault


def faults_of(path: Path) -> tuple[Fault, ...]:
    """The faults of a file; a `[broker]` or `[[sites]]` in it makes it a gateway's."""
    data = load(path)
    if isinstance(data, tuple):
        return data
    if "broker" in data or "sites" in data:
        return tuple(check_gateway(path))
    return read_site(path, Catalogue()).faults


def run(path: Path, *, as_json: bool) -> int:
    """Print what is wrong, all of it; 0 for a sound file, 2 for one with faults."""
    faults = faults_of(path)
    if as_json:
        print(json.dumps([msgspec.to_builtins(fault) for fault in faults], ensure_ascii=False))
    elif faults:
        print_faults(faults)
        print(say(f"共 {len(faults)} 处错误", f"{len(faults)} fault(s)"), file=sys.stderr)
    else:
        print(say(f"{path}：没有错误", f"{path}: no faults"))
    return 2 if faults else 0
