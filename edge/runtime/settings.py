"""Configuration files, checked once, at the door; paths as they are written there."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import PlainValidator

from sensors.fault import Fault
from sensors.strict import Strict, check, read_toml

Model = TypeVar("Model", bound=Strict)


def _path(value: object) -> Path:
    if isinstance(value, str) and value:
        return Path(value)
    raise ValueError("应为文件或文件夹的路径 / expected the path of a file or folder")


FilePath = Annotated[Path, PlainValidator(_path)]
"""A path; relative ones count from the configuration file's folder (see `resolved`)."""


def load(path: Path) -> dict[str, object] | tuple[Fault, ...]:
    """The file's data as it stands there, or the fault that keeps it from being read."""
    where = str(path)
    try:
        data = read_toml(path.read_text("utf-8"), where)
    except FileNotFoundError:
        return (Fault(where, "", "missing", "文件不存在，请检查路径", "no such file: check the path"),)
    except (OSError, UnicodeDecodeError) as fault:
        return (Fault(where, "", str(fault), "文件无法读取", "the file can't be read"),)
    return (data,) if isinstance(data, Fault) else data


def read(path: Path, model: type[Model]) -> Model | tuple[Fault, ...]:
    """The file as `model`, or every fault of it."""
    data = load(path)
    return data if isinstance(data, tuple) else check(model, data, str(path))


def resolved(base: Path, path: Path) -> Path:
    """A path from a configuration file, counted from that file's folder."""
    return path if path.is_absolute() else base.parent / path
