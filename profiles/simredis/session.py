"""The server's side of one connection."""

from collections.abc import Callable

import hiredis

from profiles.simredis.arguments import Argv, number
from profiles.simredis.command import check_arity
from profiles.simredis.replies import OK, Reply, ReplyError, Status, Wire, encode, syntax_error
from profiles.simredis.server import DATABASES, KEY_COMMANDS, DataServer, unknown_command
from profiles.simredis.transaction import Transaction

__all__ = ["Session"]

_QUEUED = Status(b"QUEUED")
_NEVER_QUEUED = frozenset({b"EXEC", b"DISCARD", b"MULTI", b"WATCH", b"RESET"})


class Session:
    """Protocol version, database, transaction; bytes in, bytes out. `commands` counts what came in."""

    def __init__(self, server: DataServer) -> None:
        self.commands = 0
        self.hang_up: Callable[[], None] = _nobody_listens
        self._server = server
        self._database = server.databases[0]
        self._protocol = 2
        self._id = server.next_client_id()
        self._parser = hiredis.Reader()
        self._transaction = Transaction()
        self._own: dict[bytes, tuple[Callable[[Argv], Reply], int]] = {
            b"HELLO": (self._hello, -1),
            b"CLIENT": (self._client, -2),
            b"SELECT": (self._select, 2),
            b"RESET": (self._reset, 1),
            b"MULTI": (lambda _: self._transaction.begin(), 1),
            b"EXEC": (self._exec, 1),
            b"DISCARD": (lambda _: self._transaction.discard(), 1),
            b"WATCH": (lambda argv: self._transaction.watch(self._database, argv[1:]), -2),
            b"UNWATCH": (lambda _: self._transaction.unwatch(), 1),
            b"EVAL": (self._eval, -3),
            b"EVALSHA": (self._eval, -3),
            b"SCRIPT": (self._script, -2),
        }

    def feed(self, data: bytes) -> bytes:
        """Takes bytes from the client; gives the replies to all commands that are complete."""
        self._parser.feed(data)
        replies = []
        while (argv := self._parser.gets()) is not False:
            replies.append(self._answer(argv))
        return replies[0] if len(replies) == 1 else b"".join(replies)

    def close(self) -> None:
        """Forgets what the client watched."""
        self._transaction.unwatch()

    def _answer(self, argv: Argv) -> bytes:
        self.commands += 1
        self._server.tick(self._database)
        try:
            reply = self._dispatch(argv[0].upper(), argv)
        except ReplyError as error:
            reply = error
        return encode(reply, self._protocol)

    def _dispatch(self, name: bytes, argv: Argv) -> Reply:
        transaction = self._transaction
        if transaction.queue is None or name in _NEVER_QUEUED:
            return self._run(name, argv)
        try:
            self._check(name, argv)
        except ReplyError:
            transaction.spoiled = True
            raise
        transaction.queue.append(argv)
        return _QUEUED

    def _check(self, name: bytes, argv: Argv) -> None:
        own, other = self._own.get(name), KEY_COMMANDS.get(name)
        if own is not None:
            check_arity(own[1], argv)
        elif other is not None:
            check_arity(other.arity, argv)
        else:
            raise unknown_command(argv)

    def _run(self, name: bytes, argv: Argv) -> Reply:
        own = self._own.get(name)
        if own is None:
            return self._server.call(self._database, argv)
        check_arity(own[1], argv)
        return own[0](argv)

    def _exec(self, _: Argv) -> Reply:
        queue = self._transaction.take()
        return None if queue is None else [self._attempt(argv) for argv in queue]

    def _attempt(self, argv: Argv) -> Reply:
        try:
            return self._run(argv[0].upper(), argv)
        except ReplyError as error:
            return error

    def _hello(self, argv: Argv) -> Reply:
        if len(argv) > 1:
            version = number(argv[1], "ERR Protocol version is not an integer or out of range")
            if version not in {2, 3}:
                raise ReplyError("NOPROTO unsupported protocol version")
            self._protocol = version
        return {
            b"server": b"valkey",
            b"version": b"9.1.0",
            b"proto": self._protocol,
            b"id": self._id,
            b"mode": b"standalone",
            b"role": b"master",
            b"modules": [],
        }

    def _client(self, argv: Argv) -> Reply:
        name = argv[1].upper()
        if name in {b"SETNAME", b"SETINFO"}:
            return OK
        if name == b"ID":
            return self._id
        raise ReplyError(f"ERR unknown subcommand '{argv[1].decode(errors='replace')}'. Try CLIENT HELP.")

    def _select(self, argv: Argv) -> Reply:
        index = number(argv[1])
        if not 0 <= index < DATABASES:
            raise ReplyError("ERR DB index is out of range")
        self._database = self._server.databases[index]
        self._server.tick(self._database)
        return OK

    def _reset(self, _: Argv) -> Reply:
        self._transaction.unwatch()
        self._transaction.queue = None
        self._protocol, self._database = 2, self._server.databases[0]
        return Status(b"RESET")

    def _eval(self, argv: Argv) -> Reply:
        count = number(argv[2])
        if count < 0:
            raise ReplyError("ERR Number of keys can't be negative")
        if count > len(argv) - 3:
            raise ReplyError("ERR Number of keys can't be greater than number of args")
        scripts = self._server.scripts
        sha = argv[1].lower() if argv[0].upper() == b"EVALSHA" else scripts.load(argv[1])
        return Wire(scripts.run(self._database, sha, self._protocol, count, argv[3:]))

    def _script(self, argv: Argv) -> Reply:
        name, words = argv[1].upper(), argv[2:]
        scripts = self._server.scripts
        if name == b"LOAD" and len(words) == 1:
            return scripts.load(words[0])
        if name == b"EXISTS" and words:
            return [int(scripts.knows(sha.lower())) for sha in words]
        if name == b"FLUSH":
            scripts.forget()
            return OK
        raise syntax_error()


def _nobody_listens() -> None:
    """Until a client is there."""
