"""The machine: what it has, what else it does, and how well it can be measured on."""

from collections.abc import Callable

from reports.doctor import Finding

__all__ = ["clock_source", "cores", "interpreter", "load", "open_files", "ticks"]

_OLDEST = (3, 11)
_BUSY_SHARE = 0.5
_COARSE_S = 1e-4
_ENOUGH_FILES = 4096
_TICKS = 50
_SLOW_SOURCES = frozenset({"acpi_pm", "hpet", "jiffies", "pit", "refined-jiffies"})


def interpreter(version: tuple[int, int, int], implementation: str) -> Finding:
    """The Python that runs this."""
    found = f"{implementation} {'.'.join(map(str, version))}"
    if version[:2] < _OLDEST:
        return Finding(subject="python", state="failed", found=found, advice="use Python 3.11 or a later one")
    if implementation != "CPython":
        advice = "use CPython: the bot runs without uvloop here, and profilers do not work"
        return Finding(subject="python", state="warning", found=found, advice=advice)
    return Finding(subject="python", state="ok", found=found)


def cores(installed: int, usable: int, quota: str) -> Finding:
    """How many processors this process may use; `quota` is a control group's `cpu.max`, empty where there is none."""
    limited = _quota(quota)
    allowed = min(float(usable), limited)
    found = f"{allowed:g} of {installed}"
    if allowed < 2:  # noqa: PLR2004 - the bot, and all that measures it
        advice = "the bot shares its core with what measures it: live latencies are worse than they would be"
        return Finding(subject="cores", state="warning", found=found, advice=advice)
    return Finding(subject="cores", state="ok", found=found)


def _quota(text: str) -> float:
    """`cpu.max` holds microseconds of processor time in each period, "max" for as much as there is."""
    words = text.split()
    if len(words) != 2 or not all(word.isdigit() and int(word) for word in words):  # noqa: PLR2004 - quota and period
        return float("inf")
    return int(words[0]) / int(words[1])


def load(average: float, usable: int) -> Finding:
    """What else runs: the load average of the last minute."""
    found = f"{average:.2f} on {usable} cores"
    if average > _BUSY_SHARE * usable:
        advice = "other work takes the processor: wait for it, or end it, before anything is timed"
        return Finding(subject="load", state="warning", found=found, advice=advice)
    return Finding(subject="load", state="ok", found=found)


def clock_source(name: str) -> Finding:
    """What the kernel tells the time by; empty where it does not say."""
    if name in _SLOW_SOURCES:
        advice = "reading this clock is slow and may be coarse; choose tsc or the hypervisor's, where there is one"
        return Finding(subject="clock source", state="warning", found=name, advice=advice)
    return Finding(subject="clock source", state="ok", found=name or "not told by this system")


def ticks(clock: Callable[[], float]) -> Finding:
    """The smallest step of the clock that everything is timed with."""
    step_s = min(_step(clock) for _ in range(_TICKS))
    found = f"steps of {step_s * 1e9:,.0f} ns"
    if step_s > _COARSE_S:
        advice = "times below a few steps of this clock mean nothing here"
        return Finding(subject="clock resolution", state="warning", found=found, advice=advice)
    return Finding(subject="clock resolution", state="ok", found=found)


def _step(clock: Callable[[], float]) -> float:
    before = now = clock()
    while now == before:
        now = clock()
    return now - before


def open_files(soft: int, hard: int) -> Finding:
    """How many files and sockets a process may have open; below 0 is without end, as `resource` says it."""
    if 0 <= soft < _ENOUGH_FILES:
        more = "" if 0 <= hard < _ENOUGH_FILES else f"; here, `ulimit -n {_ENOUGH_FILES}` is allowed"
        return Finding(
            subject="open files",
            state="warning",
            found=f"at most {soft:,}",
            advice=f"the bot and a load generator have thousands of connections under load{more}",
        )
    return Finding(subject="open files", state="ok", found="no limit" if soft < 0 else f"at most {soft:,}")
