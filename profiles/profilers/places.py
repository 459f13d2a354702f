"""Lines of code and stacks of them, as a reader knows them: short, and by package, command and roadmap item."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["ITEM_FILES", "Place", "command_of", "is_of_a_message", "item_of", "own_place", "package_of", "place_of"]

_OURS = ("service", "pulse_cli", "profiles", "reports")
_HANDLE = "Command.handle"
_SERVING = "service/serving.py"
_WORKER = "service/flow/worker.py"

_OF_A_MESSAGE = {
    "service/reply/": "(writing and sending replies)",
    "service/store/": "(sessions, inbox, outbox)",
    "service/": "(dispatching)",
}
"""What is done for a message before and after its command, by the first stage that the stack passes."""

_OF_NO_MESSAGE = {
    "service/edge/": "(webhook)",
    "service/gateway/": "(fetches for several messages)",
    "service/": "(housekeeping)",
}

ITEM_FILES = {
    "1.1": ("service/gateway/single_flight.py",),
    "1.2": ("service/flow/together.py",),
    "1.4": ("service/gateway/breaker_reads.py", "service/core/breaker.py"),
    "2.2": ("service/commands/pipeline.py", "service/commands/rules.py", "service/commands/name_rules.py"),
    "2.3": ("service/reply/formatters.py", "service/reply/interactive.py", "service/reply/text.py"),
    "3.1": ("service/gateway/cache_manager.py", "service/gateway/shelf.py", "service/gateway/entries.py"),
    "3.2": ("service/gateway/warmer.py", "service/gateway/renewal.py", "service/gateway/usage.py"),
    "3.3": ("service/store/pipelined.py",),
    "3.4": ("service/store/clients.py",),
    "4.1": ("service/flow/bus.py", "service/flow/relay.py", "service/store/events.py", "service/wiring/events.py"),
    "4.3": ("service/commands/accounts.py", "service/commands/recipients.py"),
    "5.1": ("service/flow/queue.py", "service/core/admission.py"),
    "5.2": ("service/flow/workers.py", "service/flow/worker_process.py"),
    "5.3": ("service/reply/statements.py", "service/reply/statement_rows.py", "service/gateway/flash_pages.py"),
    "5.4": ("service/gateway/batched_reads.py", "service/gateway/merging.py", "service/gateway/companions.py"),
    "6.1": ("service/observe/meter.py", "service/observe/histograms.py", "service/observe/response_times.py"),
    "6.2": ("service/observe/memory_watch.py", "service/observe/memory_probe.py", "service/core/leaks.py"),
    "6.3": ("service/observe/trials.py", "service/observe/tally.py", "service/core/experiments.py"),
}
"""The files in which roadmap items live: what they take themselves, without what they call."""

_ITEMS = {file: item for item, files in ITEM_FILES.items() for file in files}


class Place(NamedTuple):
    """A line of a function; `file` begins with its package. Builtins and C code are at line 0."""

    function: str
    file: str
    line: int

    @property
    def text(self) -> str:
        """As a reader would look it up."""
        return f"{self.file}:{self.line} {self.function}".rstrip()


def place_of(frame: str) -> Place:
    """From a function, a file and a line with NULs in between."""
    function, file, line = frame.split("\0")
    return Place(function, _short(file), int(line))


def _short(file: str) -> str:
    """A path from its package on: `python/` for the standard library."""
    parts = file.replace("\\", "/").removeprefix("<frozen ").removesuffix(">").split("/")
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    for number in range(len(parts) - 1, -1, -1):
        if parts[number].startswith("python3."):
            return "/".join(["python", *parts[number + 1 :]])
    ours = [number for number, part in enumerate(parts[:-1]) if part in _OURS]
    if ours:
        return "/".join(parts[ours[-1] :])
    return "/".join(parts) if len(parts) > 1 else f"python/{parts[0]}"


def package_of(file: str) -> str:
    """The library, or the stage of the bot."""
    parts = file.split("/")
    if parts[0] in {"python", "service"} and len(parts) > 1:
        return f"{parts[0]}.{parts[1].removesuffix('.py')}"
    return parts[0].removesuffix(".py")


def item_of(file: str) -> str:
    """The roadmap item that a file belongs to, "" for none."""
    return _ITEMS.get(file, "")


def own_place(stack: Sequence[Place]) -> Place | None:
    """The innermost line of the bot's own: what libraries do there is done for it."""
    return next((place for place in reversed(stack) if place.file.startswith("service/")), None)


def command_of(stack: Sequence[Place]) -> str:
    """The command that is at work, or in parentheses what else the bot does."""
    handler = next((place for place in stack if _is_handler(place)), None)
    if handler is not None:
        return handler.function.removesuffix(_HANDLE).lower()
    files = [place.file for place in stack if place.file.startswith("service/")]
    beside = _OF_A_MESSAGE if is_of_a_message(stack) else _OF_NO_MESSAGE
    return next((name for stage, name in beside.items() if _passes(files, stage)), "(event loop, HTTP)")


def _is_handler(place: Place) -> bool:
    return place.file.startswith("service/commands/") and place.function.endswith(_HANDLE)


def _passes(files: Sequence[str], stage: str) -> bool:
    return any(file.startswith(stage) and file != _SERVING for file in files)


def is_of_a_message(stack: Sequence[Place]) -> bool:
    """Whether the stack is that of a worker with a message."""
    return any(place.file == _WORKER for place in stack)
