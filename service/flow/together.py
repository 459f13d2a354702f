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

    Waits for all of them also then: which error is told must not depend on which answer came first.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_settle(operation)) for operation in operations]
    outcomes = [task.result() for task in tasks]
    for error, _ in outcomes:
        if error is not None:
            raise error
    return [value for _, value in outcomes]


async def _settle(operation: Callable[[], Awaitable[Any]]) -> tuple[Exception | None, Any]:
    try:
        return None, await operation()
    except Exception as error:  # noqa: BLE001 - carried to the caller, who raises it
        return error, None
