"""Independent operations: in sequence, or at the same time (item 1.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["at_once", "in_sequence"]


async def in_sequence(*operations: Callable[[], Awaitable[Any]]) -> list[Any]:
    """One after the other; the first error ends it."""
    return [await operation() for operation in operations]


async def at_once(*operations: Callable[[], Awaitable[Any]]) -> list[Any]:
    """All at the same time; when some fail, the error of the first of them in the given order is raised.

    Waits for all of them also then: which error is told must not depend on which answer came first. The first operation
    goes without a task of its own.
    """
    tasks = [asyncio.create_task(_settle(operation)) for operation in operations[1:]]
    try:
        outcomes = [await _settle(operation) for operation in operations[:1]]
        outcomes += [await task for task in tasks]
    except BaseException:  # of the caller, who was cancelled: errors of the operations are outcomes
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    for error, _ in outcomes:
        if error is not None:
            raise error
    return [value for _, value in outcomes]


async def _settle(operation: Callable[[], Awaitable[Any]]) -> tuple[Exception | None, Any]:
    try:
        return None, await operation()
    except Exception as error:  # noqa: BLE001 - carried to the caller, who raises it
        return error, None
