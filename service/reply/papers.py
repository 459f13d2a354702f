"""Documents, made when they are sent: flat through a file on disk (item 5.3), or whole in memory, the original's way.

Both give the same bytes. No token waits in a queue: who asks is looked up when the document is made, and must still be
linked to the account that it was promised for.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import IO

from service.core.errors import DocumentFailed, NotAuthenticated, TooLarge, UpstreamError, UpstreamRefused, WorkLost
from service.core.messages import Document, Text
from service.core.queries import Transaction
from service.core.sessions import Session
from service.ports import Compute, Pages, Paper
from service.reply.phrases import NO_STATEMENT
from service.reply.statements import BATCH_ROWS, MIME_TYPES, Statement, batches, check_rows

__all__ = ["AT_ONCE", "CHUNK_BYTES", "TIMEOUT_S", "Hold", "OnDisk", "StatementPapers", "in_memory"]

TIMEOUT_S = 600.0
"""To make one document, once: who has waited for that long is told. Each page has a shorter time limit of its own."""

AT_ONCE = 4
"""Documents that are made and sent at the same time; the others wait, as lines of the outbox."""

CHUNK_BYTES = 65_536

_SPOOLED_BYTES = 262_144  # what is smaller never touches the disk
_BUSY = frozenset({"TOO_MANY_REQUEST", "TOO_MANY_REQUESTS"})
_BUSY_S = 60.0

_Movements = AsyncIterator[Sequence[Transaction]]

Hold = Callable[[Document, Statement, _Movements], AbstractAsyncContextManager[Paper]]
"""Where a statement is while it is made and sent."""


@asynccontextmanager
async def in_memory(document: Document, statement: Statement, pages: _Movements) -> AsyncIterator[Paper]:
    """All movements in a list, then the whole document in memory."""
    movements: list[Transaction] = []
    async for page in pages:
        movements += page
        check_rows(len(movements))
    parts = [statement.begin()]
    for first in range(0, len(movements), BATCH_ROWS):
        parts.append(await statement.batch(movements[first : first + BATCH_ROWS]))  # noqa: PERF401 - each counts on
    parts.append(statement.end())
    content = b"".join(parts)

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    yield _paper(document, statement, chunks)


class OnDisk:
    """One page of movements at a time, into a file without a name in the folder `place`: it goes with the process."""

    def __init__(self, place: Path) -> None:
        self._place = place

    @asynccontextmanager
    async def __call__(self, document: Document, statement: Statement, pages: _Movements) -> AsyncIterator[Paper]:
        """As Hold. Raises OSError when the disk is full."""
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES, dir=str(self._place)) as file:
            file.write(statement.begin())
            async for batch in batches(pages):
                file.write(await statement.batch(batch))
            file.write(statement.end())
            yield _paper(document, statement, lambda: _read(file))


class StatementPapers:
    """Implements Papers. `session_of` finds a user's session, `end_session` ends one that Flash does not know."""

    def __init__(
        self,
        hold: Hold,
        *,
        pages: Pages,
        session_of: Callable[[str], Awaitable[Session | None]],
        end_session: Callable[[Session], Awaitable[None]],
        compute: Compute,
    ) -> None:
        self._hold = hold
        self._pages = pages
        self._session_of = session_of
        self._end_session = end_session
        self._compute = compute
        self._slots = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def __call__(self, document: Document) -> AsyncIterator[Paper | Text]:
        """As Papers. Also raises StoreError."""
        async with self._slots, AsyncExitStack() as stack:
            yield await self._made_or_explained(document, stack)

    async def _made_or_explained(self, document: Document, stack: AsyncExitStack) -> Paper | Text:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._made(document, stack)
        except NotAuthenticated:
            await self._unlink(document)
            return Text(NO_STATEMENT["session-expired"])
        except TooLarge as error:
            return Text(NO_STATEMENT["too-large"].format(limit=f"{error.limit:,}"))
        except UpstreamRefused as error:
            if error.code in _BUSY:
                raise DocumentFailed("Flash is busy", _BUSY_S) from error
            return Text(NO_STATEMENT["refused"])
        except TimeoutError:
            return Text(NO_STATEMENT["not-made"])
        except (UpstreamError, WorkLost, OSError) as error:
            raise DocumentFailed(f"a statement could not be made: {type(error).__name__}") from error

    async def _made(self, document: Document, stack: AsyncExitStack) -> Paper | Text:
        session = await self._session(document)
        if session is None:
            return Text(NO_STATEMENT["not-linked"])
        statement = Statement(document, self._compute)
        pages = self._pages(session.account, document)
        paper = await stack.enter_async_context(self._hold(document, statement, pages))
        return paper if statement.rows else Text(NO_STATEMENT["empty"])

    async def _unlink(self, document: Document) -> None:
        """So that *link* works again."""
        session = await self._session(document)
        if session is not None:
            await self._end_session(session)

    async def _session(self, document: Document) -> Session | None:
        """The asker's, while it is with the account that was promised."""
        session = await self._session_of(document.user)
        return session if session is not None and session.account_id == document.account_id else None


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _paper(document: Document, statement: Statement, chunks: Callable[[], AsyncIterator[bytes]]) -> Paper:
    return Paper(MIME_TYPES[document.kind], statement.size_bytes, statement.summary, chunks)
