"""A run as it is kept: compressed, and what a bench measured of every single message apart from the rest."""

import zlib

import msgspec

from reports import model
from reports.capacity import Capacity
from reports.history.kinds import Kept, Kind
from reports.load import LoadRun
from reports.model import Arm, Run, Samples, Timeline

__all__ = ["pack", "unpack"]

_LEVEL = 3  # the default of 6 saves a thirtieth more, and takes twice as long


class _Raw(msgspec.Struct, frozen=True, array_like=True):
    """The bulk of an arm."""

    samples: Samples | None
    timeline: Timeline | None


def pack(run: Kept) -> tuple[bytes, bytes | None]:
    """The run without its raw samples, and these; None where it has none."""
    if not isinstance(run, Run):
        return _squeezed(msgspec.msgpack.encode(run)), None  # what is infinite in it would be null in JSON
    bare = msgspec.structs.replace(run, arms=tuple(_bare(arm) for arm in run.arms))
    raw = [_Raw(arm.samples, arm.timeline) for arm in run.arms]
    has_any = any(one.samples or one.timeline for one in raw)
    return _squeezed(msgspec.json.encode(bare)), _squeezed(msgspec.msgpack.encode(raw)) if has_any else None


def unpack(kind: Kind, body: bytes, raw: bytes | None, name: str) -> Kept:
    """The run, with its raw samples where they are still kept; `name` says in an error which run it is.

    Raises:
        RunError: it is damaged, or of another schema.
    """
    try:
        data = zlib.decompress(body)
        match kind:
            case "load":
                return msgspec.msgpack.decode(data, type=LoadRun)
            case "capacity":
                return msgspec.msgpack.decode(data, type=Capacity)
            case "bench":
                return _bench(data, raw, name)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise model.RunError(f"cannot read {name}", str(error), "measure it again") from error


def _bench(data: bytes, raw: bytes | None, name: str) -> Run:
    run = model.decode(data, name)
    bulk = msgspec.msgpack.decode(zlib.decompress(raw), type=list[_Raw]) if raw is not None else []
    arms = (
        msgspec.structs.replace(arm, samples=one.samples, timeline=one.timeline)
        for arm, one in zip(run.arms, bulk, strict=False)
    )
    return msgspec.structs.replace(run, arms=tuple(arms)) if bulk else run


def _squeezed(data: bytes) -> bytes:
    return zlib.compress(data, _LEVEL)


def _bare(arm: Arm) -> Arm:
    return msgspec.structs.replace(arm, samples=None, timeline=None)
