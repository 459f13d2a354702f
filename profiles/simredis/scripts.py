"""Lua scripts: the real sources run on a real Lua 5.1, as in the server; only `redis.call` is ours.

What a script may use is in `sandbox.lua`: cjson is there; bit, struct, cmsgpack and random numbers are not, and
asking for them is an error. A script starts from the same state every time.
"""

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from lupa import lua51

from profiles.simredis.arguments import Argv
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import ByKey, Pairs, Reply, ReplyError, Status, double_text

__all__ = ["ScriptEngine"]


class ScriptEngine:
    """The script cache and the interpreter of one server."""

    def __init__(self, call: Callable[[Keyspace, Argv], Reply]) -> None:
        """`call` runs a data command for a script."""
        self._call = call
        self._functions: dict[bytes, Any] = {}
        self._database: Keyspace | None = None
        self._lua: Any = None
        self._compile: Any = None
        self._run: Any = None
        self._null: Any = None

    def load(self, source: bytes) -> bytes:
        """Compiles a script once and gives its SHA-1 in hexadecimal."""
        sha = _sha1(source)
        if sha not in self._functions:
            self._start()
            function, error = self._compile(source)
            if not function:
                raise ReplyError(f"ERR Error compiling script (new function): {error.decode(errors='replace')}")
            self._functions[sha] = function
        return sha

    def knows(self, sha: bytes) -> bool:
        """Whether EVALSHA would find the script."""
        return sha in self._functions

    def forget(self) -> None:
        """SCRIPT FLUSH."""
        self._functions.clear()

    def run(self, database: Keyspace, sha: bytes, protocol: int, keys: int, words: list[bytes]) -> bytes:
        """Runs a script of the cache; the first `keys` words are its KEYS. Gives its reply as RESP."""
        function = self._functions.get(sha)
        if function is None:
            raise ReplyError("NOSCRIPT No matching script.")
        self._database = database
        wire: bytes = self._run(function, protocol, keys, *words)
        return wire

    def _start(self) -> None:
        """The interpreter is made when the first script comes."""
        if self._lua is not None:
            return
        self._lua = lua51.LuaRuntime(
            encoding=None, unpack_returned_tuples=True, register_eval=False, register_builtins=False
        )
        self._null = self._lua.eval(b"newproxy()")
        source = files(__package__).joinpath("sandbox.lua").read_bytes()
        self._compile, self._run = self._lua.execute(source, self._redis_call, self._decode, _sha1, self._null)

    def _redis_call(self, *words: Any) -> Any:
        """A command of a script: an error comes back as a table with the field err."""
        assert self._database is not None  # noqa: S101 - `run` has set it
        try:
            argv = [word if type(word) is bytes else _word(word) for word in words]
            return self._to_lua(self._call(self._database, argv))
        except ReplyError as error:
            return self._lua.table_from({b"err": str(error).encode("utf-8", "surrogateescape")})

    def _to_lua(self, reply: Reply) -> Any:
        """As scripts see replies: in RESP2."""
        kind = type(reply)
        if kind is bytes or kind is int:
            return reply
        if reply is None:
            return False
        if kind is Status:
            return self._lua.table_from({b"ok": bytes(reply)})
        if kind is float:
            return double_text(reply)
        return self._lua.table_from([self._to_lua(item) for item in _flat(reply)])

    def _decode(self, text: bytes) -> Any:
        """cjson.decode: the value, or nothing and the reason."""
        try:
            value = json.loads(text.decode("utf-8", "surrogateescape"), parse_int=float)
            return self._from_json(value), None
        except (ValueError, RecursionError) as error:
            return None, f"invalid JSON: {error}".encode(errors="replace")

    def _from_json(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return value.encode("utf-8", "surrogateescape")
        if kind is dict:
            items = {self._from_json(key): self._from_json(item) for key, item in value.items()}
            return self._lua.table_from(items)
        if kind is list:
            return self._lua.table_from([self._from_json(item) for item in value])
        return self._null if value is None else value


def _sha1(text: bytes) -> bytes:
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


def _word(word: Any) -> bytes:
    """A number as the server writes it into a command."""
    if type(word) is int:
        return b"%d" % word
    if type(word) is float:
        return double_text(word)
    raise ReplyError("ERR Command arguments must be strings or integers")


def _flat(reply: Reply) -> list[Any]:
    if isinstance(reply, dict):
        return [part for pair in reply.items() for part in pair]
    if isinstance(reply, ByKey):
        return [list(pair) for pair in reply]
    if isinstance(reply, Pairs):
        return [part for pair in reply for part in pair]
    return list(reply)
