"""Work for the processor, and files that are made of an account's movements."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from service.core.messages import Document, Text
from service.core.queries import Account, Transaction

__all__ = ["Compute", "Pages", "Paper", "Papers"]


class Compute(Protocol):
    """Carries out a pure function that keeps a processor busy (item 5.2): on the event loop, or beside it.

    `work` is the kind of work, by which it is charged and counted. The function and its arguments are importable and
    picklable. Raises what the function raises, and WorkLost when it could not be carried out.
    """

    async def __call__(self, work: str, function: Callable[..., Any], *args: Any) -> Any: ...


Pages = Callable[[Account, Document], AsyncIterator[Sequence[Transaction]]]
"""The movements that a document is about, newest first, page by page. Raises UpstreamError, and TooLarge."""


class Paper(msgspec.Struct, frozen=True):
    """A file that is ready: `chunks` reads it from its start, each time it is called. `summary` says what is in it."""

    mime_type: str
    size_bytes: int
    summary: str
    chunks: Callable[[], AsyncIterator[bytes]]


Papers = Callable[[Document], AbstractAsyncContextManager[Paper | Text]]
"""Makes a document, for as long as the context is open (item 5.3); a text where there is none, which says why.

Raises DocumentFailed when it may be tried again.
"""
