"""Baselines: runs that were kept to compare with later, and the traffic without which the comparison says nothing."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from profiles.gating.checkouts import Checkout
from profiles.gating.exact import Plan
from profiles.gating.protocol import Traffic, traffic_of
from profiles.gating.sides import measure_all
from reports.model import Run
from service.core.errors import ConfigError

__all__ = ["SCHEMA", "Baseline", "BaselineError", "Baselines", "load_baseline", "measure_baseline", "mismatches"]

SCHEMA = 1

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST = 100


class BaselineError(ConfigError):
    """A baseline that there is not, or that cannot be used."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a checkout, and what it was asked for. `tables` is a digest of the workload's model."""

    schema: int = SCHEMA
    plan: Plan
    tables: str
    run: Run


def measure_baseline(checkout: Checkout, plan: Plan) -> Baseline:
    """The exact figures of a checkout. Raises ConfigError and CannotMeasure."""
    traffic = traffic_of(plan.workload, plan.seed, plan.minutes)
    [run] = measure_all([(checkout, [plan.arm])], traffic)
    return Baseline(plan=plan, tables=_digest(traffic), run=run)


def mismatches(baseline: Baseline, plan: Plan, traffic: Traffic) -> Iterator[str]:
    """Why a comparison by this plan, with this traffic, would compare two different things; nothing when it would not.

    Exact figures depend on neither machine nor Python, so only what makes them counts.
    """
    kept = baseline.plan
    for what in ("phase", "changes", "workload", "seed", "minutes"):
        was, now = getattr(kept, what), getattr(plan, what)
        if was != now:
            yield f"its {what} is {was or 'the usual' if was is None else was}, not {now}"
    if baseline.run.trace.digest != traffic.trace.digest:
        yield "the workload has other messages now"
    elif baseline.tables != _digest(traffic):
        yield "the workload's upstream or store behaves differently now"


class Baselines:
    """Those of a checkout, each a file of JSON that may as well be committed."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def check(self, name: str) -> None:
        """Raises BaselineError where nothing could be saved under the name."""
        if not self._file(name).exists() and len(self.names()) >= _MOST:
            raise BaselineError(f"there are {_MOST} baselines already; remove some: pulse baseline rm NAME")

    def save(self, name: str, baseline: Baseline) -> Path:
        """Replaces the one of the same name, whole or not at all. Raises BaselineError."""
        self.check(name)
        file = self._file(name)
        self._place.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(baseline), indent=1) + b"\n")
        partial.replace(file)
        return file

    def names(self) -> list[str]:
        """In the order of the alphabet."""
        return sorted(file.stem for file in self._place.glob("*.json"))

    def load(self, name: str) -> Baseline:
        """By its name. Raises BaselineError."""
        file = self._file(name)
        if not file.is_file():
            known = ", ".join(self.names()) or "none yet"
            raise BaselineError(f"no baseline {name!r}; there are: {known}; make one: pulse baseline save {name}")
        return load_baseline(file)

    def remove(self, name: str) -> None:
        """Raises BaselineError where there is none."""
        self.load(name)
        self._file(name).unlink()

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BaselineError(f"{name!r} is no name for a baseline; use letters, digits, dots and dashes")
        return self._place / f"{name}.json"


def load_baseline(file: Path) -> Baseline:
    """The baseline in a file. Raises BaselineError."""
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Baseline)
    except OSError as error:
        raise BaselineError(f"cannot read {file}: {error.strerror}; check the path") from error
    except msgspec.MsgspecError as error:
        raise BaselineError(f"{file} is no baseline: {error}; give a file of `pulse baseline save`") from error
    if found.schema != SCHEMA:
        raise BaselineError(f"{file} has schema {found.schema}, and this version reads {SCHEMA}; save it again")
    return found


def _digest(traffic: Traffic) -> str:
    return hashlib.sha256(msgspec.json.encode(traffic.tables, order="sorted")).hexdigest()
