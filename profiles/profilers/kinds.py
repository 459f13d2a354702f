"""The three questions: what takes the time, what holds the memory, what is never given back."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from profiles.children import in_processes
from profiles.process_run import steady
from profiles.profilers import pictures
from profiles.profilers.growth import LEAK_ROUNDS, growth_of, rounds_of
from profiles.profilers.passes import Kind, Recorded, Subject, Traffic, record
from profiles.profilers.readings import cpu_stacks, cpu_views, heap_sites, heap_views, wait_stacks, wait_views
from profiles.trace import Trace
from reports.profile import Profile, Share
from service.core.errors import ConfigError

__all__ = ["MESSAGES", "RATES_PER_S", "Ask", "profile_cpu", "profile_leaks", "profile_memory", "traffic_of"]

MESSAGES = {"cpu": 1_200, "memory": 400, "leaks": 120}
"""How many messages are sent where nobody says; for leaks in each round."""

RATES_PER_S = {"cpu": 80.0, "memory": 25.0, "leaks": 40.0}
"""How fast: so slowly that a bot that is traced for its memory keeps up."""

_PASSES: dict[Kind, str] = {
    "plain": "untouched",
    "cpu": "by processor time",
    "waits": "by waits",
    "heap": "by tracemalloc",
    "growth": "by tracemalloc, round after round",
    "memray": "by memray",
    "leaks": "by memray",
}

_CORES = 2
_WARM_UP = 150
_FEWEST = 10


class Ask(msgspec.Struct, frozen=True):
    """What to profile, and by which messages. Recordings go to `raw`, pages to look at to `pages`, None for none."""

    subject: Subject
    traffic: Traffic
    raw: Path
    pages: Path | None = None
    tick: Callable[[int], None] = lambda _sent: None
    say: Callable[[str], None] = lambda _what: None
    """Hears of every pass before it begins."""

    def run(self, kind: Kind) -> Recorded:
        """One pass; its raw recording lies in a folder of that name."""
        self.say(_PASSES[kind])
        return record(self.subject, self.traffic, kind, self.raw / kind, self.tick)

    def beside(self, *kinds: Kind) -> list[Recorded]:
        """Passes at the same time, where there are cores for them: memory does not depend on who else computes."""
        if (os.cpu_count() or 1) < _CORES:
            return [self.run(kind) for kind in kinds]
        self.say(" and ".join(_PASSES[kind] for kind in kinds))
        works = [partial(record, self.subject, self.traffic, kind, self.raw / kind) for kind in kinds]
        return in_processes(works, self.tick, at_once=len(kinds))


def traffic_of(trace: Trace, kind: str, *, everything: bool = False, parts: int = 1) -> Traffic:
    """The beginning of a trace, or all of it: some messages to warm up, and then one round, or for leaks many.

    `parts` is how often it will be sent to the same arm: of what is sent where nobody says, each has its part.

    Raises ConfigError for a trace that is too short.
    """
    arrivals = steady(trace)
    if len(arrivals) < 2 * _FEWEST:
        raise ConfigError(
            f"{len(arrivals)} messages are too few to profile; take more minutes of the workload, or a busier one"
        )
    warm = min(_WARM_UP, len(arrivals) // 2)
    wanted = len(arrivals) if everything else warm + MESSAGES[kind] // parts
    warm_up, measured = tuple(arrivals[:warm]), tuple(arrivals[warm:wanted])
    rounds = rounds_of(measured, LEAK_ROUNDS) if kind == "leaks" else (measured,)
    return Traffic(trace, RATES_PER_S[kind], warm_up, rounds)


def profile_cpu(ask: Ask) -> Profile:
    """Three passes: untouched, by processor time, and by what messages wait for. Raises ProcessError, CrowdError."""
    plain, cpu, waits = ask.run("plain"), ask.run("cpu"), ask.run("waits")
    stacks = cpu_stacks(ask.raw / "cpu")
    messages = ask.traffic.messages
    waiting = wait_views(wait_stacks(ask.raw / "waits"), messages)
    files: dict[str, str] = {}
    notes = list[str]()
    if ask.pages is not None and pictures.has("pyinstrument"):
        page, scope = ask.pages / "cpu.html", ask.pages / "cpu.speedscope.json"
        pictures.cpu_pages(stacks, page, scope)
        files = {"page": str(page), "for speedscope": str(scope)}
    elif ask.pages is not None:
        notes.append(pictures.MISSING.format(name="pyinstrument"))
    return Profile(
        arm=ask.subject.arm.name,
        kind="cpu",
        messages=messages,
        figures={
            "cpu_ms_per_message": plain.cpu_ms_per_message,
            "waiting_ms_per_message": sum(each.value for each in waiting["waits"]),
        }
        | _calls(plain, messages),
        views={**cpu_views(stacks, messages), **waiting, **_upstream(plain, messages)},
        slowdown=_slowdown(plain, {"the CPU pass": cpu, "the pass of waits": waits}),
        files=files,
        notes=tuple(notes),
    )


def profile_memory(ask: Ask) -> Profile:
    """Two passes, untouched and by tracemalloc; and one by memray where pages are wanted.

    Raises ProcessError, CrowdError.
    """
    plain, heap = ask.beside("plain", "heap")
    passes = {"tracemalloc": heap}
    sites = heap_sites(ask.raw / "heap", 1)
    files: dict[str, str] = {}
    notes = list[str]()
    if ask.pages is not None and pictures.has("memray"):
        passes["memray"] = ask.run("memray")
        capture = ask.raw / "memray" / "memray.bin"
        for name, title, options in (
            ("memory-peak", "at the peak", ()),
            ("memory-alive", "alive at the end", ("--leaks",)),
        ):
            pictures.memory_page(capture, ask.pages / f"{name}.html", *options)
            files[title] = str(ask.pages / f"{name}.html")
    elif ask.pages is not None:
        notes.append(pictures.MISSING.format(name="memray"))
    return Profile(
        arm=ask.subject.arm.name,
        kind="memory",
        messages=ask.traffic.messages,
        figures={
            "rss_mb_settled": plain.rss_mb_settled,
            "rss_mb_peak": plain.rss_mb_peak,
            "heap_mb": sum(each.size_bytes for each in sites) / 1e6,
        },
        views=heap_views(sites),
        slowdown=_slowdown(plain, passes),
        files=files,
        notes=tuple(notes),
    )


def profile_leaks(ask: Ask) -> Profile:
    """A pass of rounds by tracemalloc, and one by memray where pages are wanted. Raises ProcessError, CrowdError."""
    growth = ask.run("growth")
    rounds = [heap_sites(ask.raw / "growth", mark) for mark in range(2, len(ask.traffic.rounds) + 2)]
    per_round = ask.traffic.messages // len(ask.traffic.rounds)
    files: dict[str, str] = {}
    notes = list[str]()
    if ask.pages is not None and pictures.has("memray"):
        ask.run("leaks")
        capture = ask.raw / "leaks" / "memray.bin"
        pages = ask.pages / "leaks.html", ask.pages / "leaks-over-time.html"
        pictures.memory_page(capture, pages[0], "--leaks")
        pictures.memory_page(capture, pages[1], "--leaks", "--temporal")
        files = {"not given back": str(pages[0]), "the same over time": str(pages[1])}
    elif ask.pages is not None:
        notes.append(pictures.MISSING.format(name="memray"))
    return Profile(
        arm=ask.subject.arm.name,
        kind="leaks",
        messages=ask.traffic.messages,
        figures={"rss_mb_settled": growth.rss_mb_settled, "messages_per_round": per_round},
        growth=growth_of(rounds, per_round),
        files=files,
        notes=tuple(notes),
    )


def _upstream(plain: Recorded, messages: int) -> dict[str, tuple[Share, ...]]:
    if not plain.upstream_calls:
        return {}
    shares = [Share(name, calls / messages, round(calls)) for name, calls in plain.upstream_calls.items() if calls]
    return {"upstream": tuple(sorted(shares, key=lambda each: (-each.value, each.name)))}


def _calls(plain: Recorded, messages: int) -> dict[str, float]:
    """Nothing where the bot does not count them (item 6.1 off): that is not the same as none."""
    calls = plain.upstream_calls
    return {"upstream_calls_per_message": sum(calls.values()) / messages} if calls else {}


def _slowdown(plain: Recorded, passes: dict[str, Recorded]) -> dict[str, float]:
    return {name: each.cpu_ms_per_message / plain.cpu_ms_per_message for name, each in passes.items()}
