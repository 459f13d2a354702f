"""What the server knows of each command."""

from collections.abc import Callable
from typing import NamedTuple

from profiles.simredis.arguments import Argv
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import Reply, ReplyError

__all__ = ["KeyCommand", "check_arity", "fits"]


class KeyCommand(NamedTuple):
    """A command that needs a database and nothing else; scripts may call it too.

    `arity` counts the name: exactly so many words, or at least so many where it is negative.
    """

    run: Callable[[Keyspace, Argv], Reply]
    arity: int


def fits(arity: int, argv: Argv) -> bool:
    """Whether the number of words is right."""
    return len(argv) == arity if arity > 0 else len(argv) >= -arity


def check_arity(arity: int, argv: Argv) -> None:
    """Raises the server's error when there are too few or too many words."""
    if not fits(arity, argv):
        name = argv[0].decode(errors="replace").lower()
        raise ReplyError(f"ERR wrong number of arguments for '{name}' command")
