"""Things that take their time to start and to end, all at the same time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

__all__ = ["together"]

_T = TypeVar("_T")


@asynccontextmanager
async def together(contexts: Mapping[str, AbstractAsyncContextManager[_T]]) -> AsyncIterator[dict[str, _T]]:
    """Enters all contexts and leaves all of them, each in a task of its own. Raises an ExceptionGroup.

    When one of them fails, the others are left, too.
    """
    over = asyncio.Event()
    found: dict[str, asyncio.Future[_T]] = {name: asyncio.get_running_loop().create_future() for name in contexts}

    async def hold(name: str, context: AbstractAsyncContextManager[_T]) -> None:
        async with context as value:
            found[name].set_result(value)
            await over.wait()

    async with asyncio.TaskGroup() as group:
        for name, context in contexts.items():
            group.create_task(hold(name, context))
        try:
            yield {name: await future for name, future in found.items()}
        finally:
            over.set()
