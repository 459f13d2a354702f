"""Measures checkouts in virtual time, each by its own code in processes of its own, on traffic that it is handed."""

import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import msgspec

from profiles.arms import ArmSpec
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.gating.processes import Processes
from profiles.gating.protocol import Answer, Request, Traffic
from reports.model import Run, RunError, load

__all__ = ["measure_all", "measure_side"]

_CHILD = Path("profiles", "gating", "child.py")
_IS_ITS_OWN = """
import pathlib, sys, service
ran = pathlib.Path(service.__file__).resolve().parents[1]
if ran != pathlib.Path(sys.argv[1]):
    sys.exit(f"its code should have come from {sys.argv[1]}, and came from {ran}")
"""


def measure_all(works: Sequence[tuple[Checkout, Sequence[ArmSpec]]], traffic: Traffic) -> list[Run]:
    """A run of each side, all at the same time; when one fails, the others are ended. Raises CannotMeasure."""
    processes = Processes()
    with ThreadPoolExecutor(max_workers=max(1, len(works))) as pool:
        jobs = [pool.submit(measure_side, checkout, arms, traffic, processes) for checkout, arms in works]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            processes.kill()
            raise
    return [job.result() for job in jobs]


def measure_side(checkout: Checkout, arms: Sequence[ArmSpec], traffic: Traffic, processes: Processes) -> Run:
    """The arms of a checkout under the traffic.

    A checkout from before there was a protocol draws the trace itself, and has to draw the same one. Raises
    CannotMeasure when it cannot, when it fails, and when it is not its own code that ran.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-gate-") as place:
        if (checkout.folder / _CHILD).is_file():
            return _asked(checkout, arms, traffic, Path(place), processes)
        return _benched(checkout, arms, traffic, Path(place), processes)


def _asked(checkout: Checkout, arms: Sequence[ArmSpec], traffic: Traffic, place: Path, processes: Processes) -> Run:
    request, answer = place / "request.json", place / "answer.json"
    request.write_bytes(msgspec.json.encode(Request(traffic, tuple(arms))))
    processes.run(checkout, ["-m", "profiles.gating.child", str(request), str(answer)])
    try:
        found = msgspec.json.decode(answer.read_bytes(), type=Answer)
    except (OSError, msgspec.MsgspecError) as error:
        raise CannotMeasure(f"{checkout.name} gave an answer that cannot be read: {error}") from error
    if Path(found.folder) != checkout.folder.resolve():
        raise CannotMeasure(f"{checkout.name} should have run from {checkout.folder}, and ran from {found.folder}")
    if found.digest != traffic.trace.digest:
        raise CannotMeasure(f"{checkout.name} reads another trace than it was handed: the format of traces has changed")
    return found.run


def _benched(checkout: Checkout, arms: Sequence[ArmSpec], traffic: Traffic, place: Path, processes: Processes) -> Run:
    """By `pulse bench` of that time, one arm after the other."""
    processes.run(checkout, ["-c", _IS_ITS_OWN, str(checkout.folder.resolve())])
    runs = [_benched_alone(checkout, arm, traffic, place, processes) for arm in arms]
    return msgspec.structs.replace(runs[0], arms=tuple(run.arms[0] for run in runs))


def _benched_alone(checkout: Checkout, arm: ArmSpec, traffic: Traffic, place: Path, processes: Processes) -> Run:
    if arm.planted:
        raise CannotMeasure(f"{checkout.name} is from before the gate, and has no controls")
    trace = traffic.trace
    workload, found = place / f"{trace.workload}.toml", place / "run.json"
    workload.write_text(_toml(traffic.tables), encoding="utf-8")
    before = traffic.workload.restart_at_minutes or 0.0
    options = ["--phase", str(arm.phase), "--baseline", str(arm.phase), "--workload", str(workload)]
    options += ["--with", arm.changes, "--baseline-with", arm.changes] if arm.changes else []
    options += ["--seed", str(trace.seed), "--minutes", f"{trace.minutes - before!r}", "--no-memory"]
    processes.run(checkout, ["-m", "pulse_cli", "bench", *options, "--json", str(found)])
    try:
        run = load(found)
    except RunError as error:
        raise CannotMeasure(f"{checkout.name} wrote a run that cannot be read: {error.why}") from error
    if run.trace.digest != trace.digest:
        why = "is from before the gate, cannot be handed a trace, and draws another one: the traffic has changed since"
        raise CannotMeasure(f"{checkout.name} {why}")
    return run


def _toml(tables: dict[str, Any]) -> str:
    """Tables as TOML, each in a line."""
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in tables.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_value(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)
