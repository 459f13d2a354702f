"""Files for users, and where the work of making them is done."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from service.core.messages import Document, Text
from service.core.switches import Switches
from service.flow.inline import Inline
from service.flow.workers import Workers, worker_count
from service.ports import Clock, Compute, Meter, Pages, Paper, Papers, Sessions
from service.reply.papers import OnDisk, StatementPapers, in_memory
from service.switching import switched, use

__all__ = ["computing", "papers"]


def computing(
    clock: Clock, meter: Meter, stand_in: Compute | None = None
) -> tuple[Compute, Callable[[], Awaitable[None]]]:
    """Item 5.2: work for the processor beside the event loop or on it; and how that is ended.

    `stand_in` takes the place of processes.
    """
    inline = Inline(clock)
    workers = Workers(inline, meter, size=worker_count())
    return switched("5.2", on=stand_in or workers, off=inline), workers.aclose


def papers(
    pages: Pages, sessions: Sessions, compute: Compute, place: Path, snapshot: Callable[[str], Switches]
) -> Papers:
    """Item 5.3: statements through a file in the folder `place`, or whole in memory.

    They are made by the switches of who asked, which `snapshot` gives, whoever it is that sends them.
    """
    make = StatementPapers(
        switched("5.3", on=OnDisk(place), off=in_memory),
        pages=pages,
        session_of=sessions.find_by_user,
        end_session=sessions.delete,
        compute=compute,
    )

    @asynccontextmanager
    async def by_switches(document: Document) -> AsyncIterator[Paper | Text]:
        with use(snapshot(document.user)):
            async with make(document) as paper:
                yield paper

    return by_switches
