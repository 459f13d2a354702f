"""Workloads: models of traffic in TOML files, shipped with the package or the user's own."""

import re
import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from profiles.workload_model import Workload
from service.core.errors import ConfigError

__all__ = ["WorkloadError", "list_workloads", "load_workload", "workload_tables"]


class WorkloadError(ConfigError):
    """A workload that cannot be used. One line: the file, the key where there is one, the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(": ".join(part for part in (file, key, reason) if part))
        self.file, self.key, self.reason = file, key, reason


def list_workloads() -> list[str]:
    """The names of the workloads that come with the package."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped().iterdir() if entry.name.endswith(".toml"))


def load_workload(name_or_path: str | Path) -> Workload:
    """A shipped workload by its name, or any other by its path.

    Raises:
        WorkloadError: No such file, not TOML, an unknown key, or a value out of range.
    """
    file, name, source = _source(name_or_path)
    return _read(file, name, source)


def workload_tables(name_or_path: str | Path) -> dict[str, Any]:
    """What the file of a workload says, with all that it extends, as data for another version of this code.

    Raises:
        WorkloadError: As `load_workload`.
    """
    load_workload(name_or_path)
    return _tables(_source(name_or_path)[2])


def _source(name_or_path: str | Path) -> tuple[str, str, Traversable | Path]:
    """What an error calls the file, the workload's name, and where it is read."""
    name = str(name_or_path)
    if name in list_workloads():
        return f"{name}.toml", name, _shipped().joinpath(f"{name}.toml")
    path = Path(name)
    if not path.is_file():
        raise WorkloadError(name, "", f"no such workload or file; there are: {', '.join(list_workloads())}")
    return name, path.stem, path


def _shipped() -> Traversable:
    return files("profiles").joinpath("workloads")


def _read(file: str, name: str, source: Traversable | Path) -> Workload:
    try:
        tables = _tables(source)
        return msgspec.convert({**tables, "name": name}, Workload)
    except OSError as error:
        raise WorkloadError(file, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WorkloadError(file, "", "is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise WorkloadError(file, "", f"is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise _explained(file, str(error)) from error


def _tables(source: Traversable | Path) -> dict[str, Any]:
    """What the file says, over what the shipped workload says that it `extends`: table by table, key by key."""
    tables = tomllib.loads(source.read_bytes().decode())
    base = tables.pop("extends", None)
    if base is None:
        return tables
    if base not in list_workloads():
        raise WorkloadError(source.name, "extends", f"no such workload; there are: {', '.join(list_workloads())}")
    merged = _tables(_shipped().joinpath(f"{base}.toml"))
    for key, value in tables.items():
        old = merged.get(key)
        merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


_PLACE = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<key>.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<field>.*)`")


def _explained(file: str, message: str) -> WorkloadError:
    """The key that is wrong, not the table it is in."""
    place = _PLACE.fullmatch(message)
    key, reason = (place["key"], place["reason"]) if place else ("", message)
    for pattern, text in ((_UNKNOWN, "unknown key"), (_MISSING, "missing")):
        if found := pattern.fullmatch(reason):
            return WorkloadError(file, f"{key}.{found['field']}".lstrip("."), text)
    return WorkloadError(file, key, reason[:1].lower() + reason[1:])
