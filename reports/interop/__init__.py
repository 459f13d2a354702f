"""Runs in the formats of other tools."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reports.interop import bencher, github_action, k6, pytest_benchmark, table
from reports.model import Run, encode

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Callable[[Run], bytes]] = MappingProxyType(
    {
        "json": encode,
        "csv": table.export,
        "k6": k6.export,
        "pytest-benchmark": pytest_benchmark.export,
        "github-action-benchmark": github_action.export_smaller,
        "github-action-benchmark-bigger": github_action.export_bigger,
        "bmf": bencher.export,
    }
)
"""What writes a run in each format; those that need raw samples raise RunError for a run without any."""
