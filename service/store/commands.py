"""The ports inside this stage: commands out, replies back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import hiredis

__all__ = ["Argument", "Command", "Link", "Run", "packed"]

Argument = str | bytes | int | float
Command = tuple[Argument, ...]

Run = Callable[[Sequence[Command]], Awaitable[list[Any]]]
"""Carries out commands that do not depend on each other and gives one reply each, as the server sent it (RESP2).

Raises StoreError when a reply is an error, after all commands were carried out; StoreUnavailable when there is no
reply, and then each command may or may not have had its effect. Neither blocking commands nor transactions nor
subscriptions may come through here: connections are shared.
"""


class Link(Protocol):
    """Round trips to one server."""

    @property
    def connections(self) -> int:
        """How many round trips can be under way at the same time."""

    def ask(self, commands: Sequence[bytes], /) -> Awaitable[list[Any]]:
        """One round trip with commands as `packed` gives them: a reply for each, a StoreError where it is an error.

        Raises StoreUnavailable when there is no connection, or no answer in time: after that the commands may or may
        not have had their effect.
        """


def packed(command: Command) -> bytes:
    """The command as it is sent. Raises TypeError or UnicodeEncodeError here, where it harms nobody else's commands."""
    data: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]  # its stub forgets that a command has several words
    return data
