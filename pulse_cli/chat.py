"""`pulse chat`: a conversation with a sandbox bot, as one of its demo users."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.sandbox.client import SandboxClient

__all__ = ["chat"]


def chat(
    who: Annotated[
        str, typer.Option("--as", help="Demo user: alice, bob, carol, dave, erin, frank, grace, henry.")
    ] = "alice",
    url: Annotated[str | None, typer.Option(help="A running bot; default: the one here, else a new one.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")] = None,
) -> None:
    """Talk to a sandbox bot: type what you would write to it, or [1] to tap the first button; Ctrl-D ends it."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    asyncio.run(_chat(who, url, config))


async def _chat(who: str, url: str | None, config: Path | None) -> None:
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    async with _sandbox(url, config) as sandbox:
        users = {user["name"]: user for user in await sandbox.users()}
        if who not in users:
            raise ConfigError(f"the sandbox has no user {who}; there are {', '.join(users)}")
        user = users[who]
        typer.echo(f"You are {who} ({user['phone']}). Your linking code, when the bot asks for it: {user['otp']}")
        await _Talk(sandbox, who, str(user["wa_id"])).run()


class _Talk:
    """One user's side of a conversation."""

    def __init__(self, sandbox: "SandboxClient", who: str, wa_id: str) -> None:
        self._sandbox = sandbox
        self._who = who
        self._wa_id = wa_id
        self._choices: list[dict[str, str]] = []
        self._seen = 0

    async def run(self) -> None:
        """Until the input ends."""
        import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

        self._seen = await self._sandbox.latest()
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(self._listen(), name="listen")
            while (line := await asyncio.to_thread(_read_line)) is not None:
                seen = self._seen
                await self._speak(line)
                await self._wait_for_reply(seen)
            listener.cancel()

    async def _speak(self, line: str) -> None:
        """A line, or `[2]` for the second of the choices that were shown last."""
        number = line[1:-1] if line.startswith("[") and line.endswith("]") else ""
        if number.isdecimal() and 1 <= int(number) <= len(self._choices):
            choice = self._choices[int(number) - 1]
            await self._sandbox.press(self._who, choice["id"], choice["title"])
        else:
            await self._sandbox.say(self._who, line)

    async def _wait_for_reply(self, seen: int) -> None:
        """So that a conversation from a file reads like one; a person is not held up for longer than a moment."""
        import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

        for _ in range(50):
            if self._seen > seen:
                return
            await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        from service.sandbox.client import readable  # noqa: PLC0415 - `pulse --help` must not pay for it

        while True:
            bodies, after = await self._sandbox.messages(self._wa_id, self._seen)
            for body in bodies:
                self._show(*readable(body))
            self._seen = after

    def _show(self, text: str, choices: list[dict[str, str]]) -> None:
        lines = text.splitlines()
        if choices:
            self._choices = choices
            lines += [f"[{number}] {choice['title']}" for number, choice in enumerate(choices, 1)]
        typer.echo("\n".join(f"  | {line}" for line in lines))


def _read_line() -> str | None:
    """The next line that is not empty, None at the end of the input."""
    import sys  # noqa: PLC0415 - `pulse --help` must not pay for it

    while line := sys.stdin.readline():
        if not line.strip():
            continue
        if not sys.stdin.isatty():
            typer.echo(f"> {line.strip()}")
        return line.strip()
    return None


@asynccontextmanager
async def _sandbox(url: str | None, config: Path | None) -> "AsyncIterator[SandboxClient]":
    """The sandbox of the bot at this address, of the one that runs here, or of a new one."""
    import os  # noqa: PLC0415 - `pulse --help` must not pay for it
    from contextlib import AsyncExitStack  # noqa: PLC0415 - same

    from service.running import find_running  # noqa: PLC0415 - same
    from service.sandbox.client import SandboxClient, sandbox_url_of  # noqa: PLC0415 - same
    from service.settings import load_settings  # noqa: PLC0415 - same

    settings = load_settings(os.environ, config)
    running = find_running(settings.pulse_data_dir)
    async with AsyncExitStack() as stack:
        if url or running:
            found = await sandbox_url_of(url or (running.url if running else ""))
        else:
            found = await stack.enter_async_context(_own_bot(settings))
        sandbox = SandboxClient(found)
        stack.push_async_callback(sandbox.close)
        yield sandbox


@asynccontextmanager
async def _own_bot(settings: Any) -> AsyncIterator[str]:
    """A bot that lives as long as the conversation, on any free port, with its data in a temporary directory."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it
    import tempfile  # noqa: PLC0415 - same

    import msgspec  # noqa: PLC0415 - same

    from service import serving  # noqa: PLC0415 - same
    from service.observe.logs import configure_logs  # noqa: PLC0415 - same

    configure_logs("error")
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    @contextmanager
    def announced(found: serving.Serving) -> Iterator[None]:
        up.set_result(found.sandbox_url or "")
        yield

    with tempfile.TemporaryDirectory(prefix="pulse-chat-") as place:
        own = msgspec.structs.replace(settings, pulse_data_dir=Path(place), redis_url=None)
        plan = serving.make_plan(own, host="127.0.0.1", port=0, sandbox=True)
        typer.echo("No bot runs here: this one lives as long as the conversation (to keep one: pulse serve).")
        async with asyncio.TaskGroup() as group:
            group.create_task(serving.serve(plan, announced, stop), name="bot")
            try:
                yield await up
            finally:
                stop.set()
