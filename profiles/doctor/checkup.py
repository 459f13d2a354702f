"""All the probes, with this machine's own facts."""

import asyncio
import os
import platform
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from profiles.doctor import deployment, machine, noise, servers, tools
from reports.doctor import Checkup, Finding

__all__ = ["examine"]

_NOISE_S = 1.5
_EXTRAS = (
    ("pyinstrument", "profile", "`pulse profile cpu`"),
    ("memray", "profile", "`pulse profile memory`"),
    ("plotly", "report", "`pulse report`"),
    ("jinja2", "report", "`pulse report`"),
)
_CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


async def examine(environ: Mapping[str, str], file: Path | None, noise_s: float = _NOISE_S) -> Checkup:
    """Looks at everything; takes about `noise_s`, and as long as the servers that are named take to answer."""
    found = deployment.configured(environ, file)
    return Checkup.of([*_tools(), *await _servers(found), *_deployment(found), *_machine(noise_s)])


def _tools() -> list[Finding]:
    debuggers = [name for name in ("gdb", "lldb") if shutil.which(name)]
    version = (sys.version_info.major, sys.version_info.minor, sys.version_info.micro)
    return [
        machine.interpreter(version, platform.python_implementation()),
        *(tools.package(*one) for one in _EXTRAS),
        tools.attach(debuggers, tools.ptrace_trial(), _read(_YAMA)),
    ]


async def _servers(found: deployment.Configured) -> list[Finding]:
    urls = deployment.named_urls(found)
    store = urls.pop("REDIS_URL", None)
    asked = [servers.reach_http(name, url, time.perf_counter) for name, url in urls.items()]
    if store:
        asked.append(servers.reach_store(store, durable=found.settings.redis_durability == "always"))
    return list(await asyncio.gather(servers.embedded_store(needed=not store), *asked))


def _deployment(found: deployment.Configured) -> list[Finding]:
    data_dir = found.settings.pulse_data_dir
    return [
        deployment.settings_file(found),
        deployment.credentials(found.settings),
        deployment.data_directory(data_dir),
        deployment.disk(data_dir, lambda place: shutil.disk_usage(place).free),
    ]


def _machine(noise_s: float) -> list[Finding]:
    installed = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else installed
    return [
        machine.cores(installed, usable, _read(_QUOTA)),
        machine.load(os.getloadavg()[0], usable),
        machine.clock_source(_read(_CLOCK_SOURCE)),
        machine.ticks(time.perf_counter),
        machine.open_files(*resource.getrlimit(resource.RLIMIT_NOFILE)),
        noise.noise(*noise.measure(time.perf_counter, time.process_time, noise_s)),
    ]


def _read(path: Path) -> str:
    """What the system says there; empty where it says nothing."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
