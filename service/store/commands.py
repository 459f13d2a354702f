"""The ports inside this stage: commands out, replies back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

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

    def ask(self, commands: Sequence[tuple[bytes, ...]], /) -> Awaitable[list[Any]]:
        """One round trip: a reply for each command, a StoreError in the place of a reply that is an error.

        Raises StoreUnavailable when there is no connection, or no answer in time: after that the commands may or may
        not have had their effect.
        """


def packed(command: Command) -> tuple[bytes, ...]:
    """The command as it is sent. Raises TypeError or UnicodeEncodeError here, where it harms nobody else's commands."""
    # Text is encoded here, because most arguments are text, and a call for each takes longer than the encoding.
    return tuple([argument.encode() if type(argument) is str else _bytes(argument) for argument in command])


def _bytes(argument: Argument) -> bytes:
    if isinstance(argument, bytes):
        return argument
    if isinstance(argument, str):
        return argument.encode()
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        raise TypeError(f"the store has no {type(argument).__name__}")
    return repr(argument).encode()
