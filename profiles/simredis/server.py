"""The server side: databases, scripts and the commands that need nothing but data."""

from collections.abc import Callable, Mapping

from profiles.simredis import generic, groups, hashes, lists, sets, streams, strings, zsets
from profiles.simredis.arguments import Argv
from profiles.simredis.command import KeyCommand, check_arity, fits
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import Reply, ReplyError
from profiles.simredis.scripts import ScriptEngine

__all__ = ["DATABASES", "KEY_COMMANDS", "DataServer", "unknown_command"]

DATABASES = 16
KEY_COMMANDS: Mapping[bytes, KeyCommand] = {
    **strings.COMMANDS,
    **generic.COMMANDS,
    **hashes.COMMANDS,
    **sets.COMMANDS,
    **lists.COMMANDS,
    **zsets.COMMANDS,
    **streams.COMMANDS,
    **groups.COMMANDS,
}


class DataServer:
    """Redis semantics in memory, on a clock that is given. One for all connections."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """`now_s` gives Unix seconds; expiry and stream ids follow it and nothing else."""
        self._now_s = now_s
        self.databases = [Keyspace() for _ in range(DATABASES)]
        self.scripts = ScriptEngine(self._call_from_script)
        self._clients = 0

    def next_client_id(self) -> int:
        """Ids of connections, from 1."""
        self._clients += 1
        return self._clients

    def tick(self, db: Keyspace) -> None:
        """Brings the database's clock up to date."""
        db.now_ms = int(self._now_s() * 1000)

    def _call_from_script(self, db: Keyspace, argv: Argv) -> Reply:
        """As `call`, in the words that scripts are refused with."""
        if not argv:
            raise ReplyError("ERR Please specify at least one argument for this call")
        command = KEY_COMMANDS.get(argv[0].upper())
        if command is None:
            raise ReplyError("ERR Unknown command called from script")
        if not fits(command.arity, argv):
            raise ReplyError("ERR Wrong number of args calling command from script")
        return command.run(db, argv)

    def call(self, db: Keyspace, argv: Argv) -> Reply:
        """Runs one data command.

        Raises:
            ReplyError: The command's own error, or an unknown command.
        """
        command = KEY_COMMANDS.get(argv[0].upper())
        if command is None:
            raise unknown_command(argv)
        check_arity(command.arity, argv)
        return command.run(db, argv)


def unknown_command(argv: Argv) -> ReplyError:
    """The reply to a command that the server, or this simulation of it, does not have."""
    name, *words = (word.partition(b"\0")[0].decode(errors="surrogateescape") for word in argv)
    listed = "".join(f"'{word}' " for word in words)
    return ReplyError(f"ERR unknown command '{name}', with args beginning with: {listed}")
