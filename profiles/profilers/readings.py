"""What the profilers wrote, as the views of a report."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from profiles.profilers.places import Place, command_of, is_of_a_message, item_of, own_place, package_of, place_of
from reports.profile import Share
from service.roadmap import find

__all__ = ["Site", "Stack", "cpu_stacks", "cpu_views", "heap_sites", "heap_views", "wait_stacks", "wait_views"]

_KB = 1_000
_PROFILER = frozenset({"profiles/profilers/child.py", "python/tracemalloc.py"})
_IMPORTS = "python/importlib._bootstrap_external"


class Stack(NamedTuple):
    """A stack of calls, outermost first, how often it was seen, and the seconds that this stands for."""

    places: tuple[Place, ...]
    samples: int
    seconds: float


class Site(NamedTuple):
    """What is alive of that which a line has allocated."""

    place: Place
    size_bytes: int
    blocks: int


class _Seen(msgspec.Struct, frozen=True):
    frames: tuple[str, ...]
    count: int


class _Cpu(msgspec.Struct, frozen=True):
    cpu_s: float
    stacks: tuple[_Seen, ...]


class _Waits(msgspec.Struct, frozen=True):
    interval_s: float
    stacks: tuple[_Seen, ...]


class _Line(msgspec.Struct, frozen=True):
    file: str
    line: int
    bytes: int
    blocks: int


class _Heap(msgspec.Struct, frozen=True):
    sites: tuple[_Line, ...]
    code: dict[str, int] = {}


def cpu_stacks(folder: Path) -> list[Stack]:
    """Of the kind `cpu`: the processor time of the interval is shared out by the samples."""
    found = msgspec.json.decode((folder / "cpu.json").read_bytes(), type=_Cpu)
    samples = sum(each.count for each in found.stacks) or 1
    stacks = [_stack(each, found.cpu_s / samples) for each in found.stacks]
    return [each for each in stacks if each.places[-1].file not in _PROFILER]


def wait_stacks(folder: Path) -> list[Stack]:
    """Of the kind `waits`: of tasks with a message alone; what always waits for something is of no interest."""
    found = msgspec.json.decode((folder / "waits.json").read_bytes(), type=_Waits)
    stacks = [_stack(each, found.interval_s) for each in found.stacks]
    return [each for each in stacks if is_of_a_message(each.places)]


def heap_sites(folder: Path, mark: int) -> list[Site]:
    """Of the kinds `heap` and `growth`, at a mark."""
    found = msgspec.json.decode((folder / f"heap-{mark}.json").read_bytes(), type=_Heap)
    sites = [Site(place_of(f"\0{each.file}\0{each.line}"), each.bytes, each.blocks) for each in found.sites]
    code = [Site(place_of(f"\0{file}\0" + "0"), size, 1) for file, size in found.code.items()]
    return _without_code(sites, sum(found.code.values())) + code


def _without_code(sites: Sequence[Site], code_bytes: int) -> list[Site]:
    """What the machinery of imports holds is code, which is counted by its modules."""
    kept = []
    for site in sites:
        size = site.size_bytes
        if site.place.file == _IMPORTS:
            size = max(0, size - code_bytes)
            code_bytes -= min(code_bytes, site.size_bytes)
        if size and site.place.file not in _PROFILER:
            kept.append(site._replace(size_bytes=size))
    return kept


def cpu_views(stacks: Sequence[Stack], messages: int) -> dict[str, tuple[Share, ...]]:
    """Processor time per message: by command, function, line of the bot, roadmap item and package."""
    by: dict[str, Callable[[Sequence[Place]], str]] = {
        "commands": command_of,
        "functions": lambda places: _function(places[-1]),
        "sites": _own_text,
        "items": lambda places: _item(own_place(places)),
        "packages": lambda places: package_of(places[-1].file),
    }
    return {view: _shares(stacks, name, messages) for view, name in by.items()}


def wait_views(stacks: Sequence[Stack], messages: int) -> dict[str, tuple[Share, ...]]:
    """Waiting per message: by the bot's line that waits, and by command."""
    return {
        "waits": _shares(stacks, _own_text, messages),
        "waits-by-command": _shares(stacks, command_of, messages),
    }


def heap_views(sites: Sequence[Site]) -> dict[str, tuple[Share, ...]]:
    """Live memory in KB by package, roadmap item and line."""
    return {
        "heap-packages": _sizes(sites, lambda place: package_of(place.file)),
        "heap-items": _sizes(sites, _item),
        "heap-sites": _sizes(sites, _site),
    }


def _stack(seen: _Seen, seconds: float) -> Stack:
    return Stack(tuple(place_of(frame) for frame in seen.frames), seen.count, seen.count * seconds)


def _site(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else f"{place.file} (its code)"


def _function(place: Place) -> str:
    return f"{place.file} {place.function}"


def _own_text(places: Sequence[Place]) -> str:
    own = own_place(places)
    return own.text if own else "(none of the bot's)"


def _item(place: Place | None) -> str:
    key = item_of(place.file) if place else ""
    return f"{key} {find(key).title}" if key else "(no item)"


def _shares(stacks: Iterable[Stack], name_of: Callable[[Sequence[Place]], str], messages: int) -> tuple[Share, ...]:
    counts, seconds = defaultdict[str, int](int), defaultdict[str, float](float)
    for stack in stacks:
        name = name_of(stack.places)
        counts[name] += stack.samples
        seconds[name] += stack.seconds
    return _sorted({name: Share(name, 1000 * seconds[name] / messages, counts[name]) for name in counts})


def _sizes(sites: Iterable[Site], name_of: Callable[[Place], str]) -> tuple[Share, ...]:
    sizes, blocks = defaultdict[str, int](int), defaultdict[str, int](int)
    for site in sites:
        name = name_of(site.place)
        sizes[name] += site.size_bytes
        blocks[name] += site.blocks
    return _sorted({name: Share(name, sizes[name] / _KB, blocks[name]) for name in sizes})


def _sorted(shares: Mapping[str, Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares.values(), key=lambda each: (-each.value, each.name)))
