"""Files for users, and where the work of making them is done."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from service.flow.inline import Inline
from service.flow.workers import Workers, worker_count
from service.ports import Clock, Compute, Meter, Pages, Papers, Sessions
from service.reply.papers import OnDisk, StatementPapers, in_memory
from service.switching import switched

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


def papers(pages: Pages, sessions: Sessions, compute: Compute, place: Path) -> Papers:
    """Item 5.3: statements through a file in the folder `place`, or whole in memory."""
    hold = switched("5.3", on=OnDisk(place), off=in_memory)
    return StatementPapers(
        hold, pages=pages, session_of=sessions.find_by_user, end_session=sessions.delete, compute=compute
    )
