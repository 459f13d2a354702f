"""What a service says at /metrics, read back."""

import re
from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from reports.model import RunError

__all__ = ["Labels", "Scrape", "parse"]

Labels = frozenset[tuple[str, str]]
"""Pairs of label and value."""

_NONE: Labels = frozenset()
_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Scrape(msgspec.Struct, frozen=True):
    """Samples by name and labels; histograms as the samples of their buckets, sums and counts."""

    samples: Mapping[str, Mapping[Labels, float]] = MappingProxyType({})

    def value(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that have these labels; 0 when there is none."""
        wanted = set(labels.items())
        return sum(value for found, value in self.samples.get(name, {}).items() if wanted <= found)

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """The same, by the values of one label more."""
        wanted, sums = set(labels.items()), defaultdict[str, float](float)
        for found, value in self.samples.get(name, {}).items():
            if wanted <= found:
                sums[dict(found).get(label, "")] += value
        return dict(sums)

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """The cumulative counts of a histogram by upper bound in its own unit, added up over other labels."""
        return {float(bound): count for bound, count in self.by(f"{name}_bucket", "le", **labels).items()}


def parse(text: str) -> Scrape:
    """The samples of Prometheus' text format. Raises RunError for a line that is none."""
    samples: dict[str, dict[Labels, float]] = defaultdict(dict)
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        try:
            name, labels, value = found.groups() if found else ("", "", "")
            samples[name][_labels(labels)] = float(value)
        except ValueError:
            raise RunError("the metrics cannot be read", f"a line is {line[:80]!r}", "is it a pulse service?") from None
    return Scrape(dict(samples))


def _labels(text: str | None) -> Labels:
    if not text:
        return _NONE
    return frozenset((name, _plain(value)) for name, value in _LABEL.findall(text))


def _plain(value: str) -> str:
    return re.sub(r"\\[\\\"n]", lambda escape: _ESCAPES[escape[0]], value)
