"""Lua scripts: several commands as one atomic one."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from service.core.errors import StoreUnavailable
from service.store.commands import Argument, Command, Run
from service.store.faults import ScriptMissing

__all__ = ["Script", "evaluate", "load", "script"]


class Script(msgspec.Struct, frozen=True):
    """A script's source, and its name at the server. It touches no key that is not among its KEYS."""

    text: str
    sha: str


def script(text: str) -> Script:
    """The script with this source."""
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def load(run: Run, scripts: Iterable[Script]) -> None:
    """Makes the scripts known to the server, so that their first use is one round trip too."""
    await run([("SCRIPT", "LOAD", each.text) for each in scripts])


async def evaluate(
    run: Run, what: Script, keys: Sequence[str], args: Sequence[Argument] = (), *, repeatable: bool = False
) -> Any:
    """Runs the script and gives its reply.

    One that the server does not know did not run: it is sent again, with its source. A `repeatable` one, whose second
    run finds what the first has done, is sent once more when the reply is lost.
    """
    try:
        return await _attempt(run, what, keys, args)
    except StoreUnavailable:
        if not repeatable:
            raise
    return await _attempt(run, what, keys, args)


async def _attempt(run: Run, what: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
    rest: Command = (len(keys), *keys, *args)
    try:
        [reply] = await run([("EVALSHA", what.sha, *rest)])
    except ScriptMissing:
        [reply] = await run([("EVAL", what.text, *rest)])
    return reply
