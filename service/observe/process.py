"""What the process is made of, looked at when somebody asks."""

import asyncio
import platform
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata

from service.observe.exposition import Family

__all__ = ["build_family", "process_families"]


def process_families() -> Iterator[Family]:
    """Memory, open files, CPU time and tasks of this process, from inside its event loop."""
    import psutil  # noqa: PLC0415 - a megabyte that only those pay for who ask

    process = psutil.Process()
    times = process.cpu_times()
    yield _single("pulse_resident_memory_bytes", "gauge", "Resident memory", float(process.memory_info().rss))
    yield _single("pulse_allocated_blocks", "gauge", "Blocks of Python's allocator", float(sys.getallocatedblocks()))
    yield _single("pulse_open_fds", "gauge", "Open file descriptors", float(process.num_fds()))
    yield _single("pulse_cpu_seconds_total", "counter", "CPU time, user and system", times.user + times.system)
    yield _single("pulse_start_time_seconds", "gauge", "Unix time of the start", process.create_time())
    yield _single("pulse_tasks", "gauge", "Tasks of the event loop", float(len(asyncio.all_tasks())))


def build_family(phase: int) -> Family:
    """What runs here: always 1, the facts are its labels."""
    labels = ("version", "python", "phase")
    values = (_version(), platform.python_version(), str(phase))
    return Family("pulse_build_info", "gauge", "The version that runs", labels, {values: 1.0})


def _single(name: str, kind: str, about: str, value: float) -> Family:
    return Family(name, "counter" if kind == "counter" else "gauge", about, (), {(): value})


@cache
def _version() -> str:
    try:
        return metadata.version("pulse-bot")
    except metadata.PackageNotFoundError:
        return "unknown"  # a checkout that was never installed
