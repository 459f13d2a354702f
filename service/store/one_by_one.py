"""Item 3.3 off: a round trip for each command."""

from collections.abc import Sequence
from typing import Any

from service.core.errors import StoreError
from service.store.commands import Command, Link, packed

__all__ = ["OneByOne"]


class OneByOne:
    """Implements Run: the next command leaves when the reply to the one before has come."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        """As Run."""
        replies: list[Any] = []
        for command in [packed(command) for command in commands]:
            replies += await self._link.ask([command])
        for reply in replies:
            if isinstance(reply, StoreError):
                raise reply
        return replies
