"""Figures in Prometheus' text format 0.0.4.

Written here because it is all that would be used of a client library: our meter counts in both arms of item 6.1, and a
second registry beside it would count everything twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from service.observe.histograms import Histogram

__all__ = ["CONTENT_TYPE", "Family", "render"]

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Family(msgspec.Struct, frozen=True):
    """Series of one name. `samples` are by the values of `labels`, in that order."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...]
    samples: Mapping[tuple[str, ...], float | Histogram]


def render(families: Iterable[Family]) -> bytes:
    """The text. A family without samples is announced all the same."""
    return "".join(f"{line}\n" for family in families for line in _lines(family)).encode()


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for values, sample in sorted(family.samples.items()):
        pairs = [f'{label}="{_quoted(value)}"' for label, value in zip(family.labels, values, strict=True)]
        if isinstance(sample, Histogram):
            yield from _histogram(family.name, pairs, sample)
        else:
            yield f"{family.name}{_braced(pairs)} {_number(sample)}"


def _histogram(name: str, pairs: list[str], histogram: Histogram) -> Iterator[str]:
    """Buckets are cumulative in this format."""
    so_far = 0
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        so_far += count
        le = f'le="{_number(bound)}"'
        yield f"{name}_bucket{_braced([*pairs, le])} {so_far}"
    yield f"{name}_sum{_braced(pairs)} {_number(histogram.total)}"
    yield f"{name}_count{_braced(pairs)} {so_far}"


def _braced(pairs: list[str]) -> str:
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
