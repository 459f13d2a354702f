"""The interpreter that a checkout runs in: this one where it needs the same packages, else one of its own."""

import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from profiles.gating.errors import CannotMeasure

__all__ = ["Environment", "Needs", "environment_of", "needs_of"]

_INSTALL_S = 900.0
_NAME = 12


class Environment(msgspec.Struct, frozen=True):
    """An interpreter, and in words where it comes from."""

    python: str
    note: str


class Needs(msgspec.Struct, frozen=True):
    """What a project says it needs to run."""

    packages: tuple[str, ...]
    python: str


def needs_of(pyproject: str) -> Needs:
    """What is asked for in a pyproject.toml, in no order. Raises CannotMeasure where it cannot be read."""
    try:
        project: dict[str, Any] = tomllib.loads(pyproject)["project"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise CannotMeasure(f"the pyproject.toml of an arm has no readable [project]: {error}") from error
    return Needs(tuple(sorted(project.get("dependencies", ()))), str(project.get("requires-python", "")))


def environment_of(
    theirs: str, ours: str, place: Path, make: Callable[[Path, Sequence[str]], None] | None = None
) -> Environment:
    """The environment for a checkout with the pyproject.toml `theirs`, while this process has what `ours` asks for.

    One that has to be made is kept in `place`, under a name that stands for what is in it, for every commit with the
    same needs. Raises CannotMeasure.
    """
    needs = needs_of(theirs)
    if needs == needs_of(ours):
        return Environment(sys.executable, "the same packages as this work tree: its interpreter is used")
    name = hashlib.sha256(repr((needs, sys.version)).encode()).hexdigest()[:_NAME]
    folder = place / name
    if not (folder / "ready").exists():
        place.mkdir(parents=True, exist_ok=True)
        (make or _install)(folder, needs.packages)
        (folder / "ready").touch()
    return Environment(str(folder / "bin" / "python"), f"other packages than this work tree: environment {name}")


def _install(folder: Path, packages: Sequence[str]) -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"the environment of an arm was not made within {_INSTALL_S:g} s") from None
    if done.returncode:
        said = (done.stderr.strip() or "nothing").splitlines()[-1]
        raise CannotMeasure(f"the environment of an arm cannot be made, {' '.join(command[1:4])} said: {said}")
