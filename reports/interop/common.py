"""What several formats need of a run."""

from statistics import stdev

import msgspec

from reports.model import Arm, RunError

__all__ = ["answered_ms", "as_json", "deviation_ms"]


def answered_ms(arm: Arm, command: str | None = None) -> tuple[float, ...]:
    """The response times of all messages, or of those of one command, that were answered, in the order of the trace.

    Raises:
        RunError: the raw samples are not kept.
    """
    if arm.samples is None:
        why = "this format needs the raw samples, and they are not kept, or not any more"
        raise RunError(f"cannot export {arm.name}", why, "choose another format, or measure it again")
    pairs = zip(arm.samples.commands, arm.samples.response_ms, strict=True)
    return tuple(ms for name, ms in pairs if ms is not None and command in {None, name})


def deviation_ms(arm: Arm) -> float | None:
    """The standard deviation of single response times; None where it is not known."""
    times = answered_ms(arm) if arm.samples is not None else ()
    return stdev(times) if len(times) > 1 else None


def as_json(facts: object) -> bytes:
    """Indented, as people look into such files."""
    return msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n"
