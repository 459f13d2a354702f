"""The bot as a process: its store, its sandbox if it has one, its HTTP server, and an orderly end."""

import asyncio
import base64
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import structlog
import uvicorn

from service.app import build
from service.bot import Bot
from service.clocks import SystemClock, SystemDice
from service.core.errors import ConfigError, StoreUnavailable
from service.edge.protocol import BoundedProtocol
from service.ending import CLOSED_BY_S, DRAINED_BY_S, HTTP_BY_S, STORE_BY_S, Ending
from service.observe.memory_probe import ProcessMemory
from service.rubbish import seldom_collected
from service.settings import CREDENTIALS, Settings, missing_credentials
from service.store.clients import shared_client
from service.store.durability import require_durable
from service.store.embedded import embedded
from service.store.faults import unreachable
from service.store.one_by_one import OneByOne
from service.wiring.outside import Outside

__all__ = ["MAX_CONNECTIONS", "SANDBOX_SECRETS", "Plan", "Serving", "make_plan", "serve", "serve_until_signalled"]

MAX_CONNECTIONS = 1_000
"""At the same time; further requests are answered 503, and WhatsApp delivers them again."""

_STORE_WAIT_S = 5.0

SANDBOX_SECRETS = {
    "whatsapp_app_secret": "sandbox-app-secret",
    "whatsapp_verify_token": "sandbox-verify-token",
    "whatsapp_access_token": "sandbox-access-token",
    "whatsapp_phone_number_id": "15550000000",
    "flash_api_key": "sandbox-flash-key",
}
"""What the sandbox uses where nothing is set: it only ever listens on loopback, and no money is real there."""


class Plan(msgspec.Struct, frozen=True):
    """How to run: complete settings, the address, and whether Flash and WhatsApp are simulated."""

    settings: Settings
    host: str
    port: int
    sandbox: bool
    sandbox_port: int = 0


class Serving(msgspec.Struct, frozen=True):
    """A service that is up."""

    url: str
    store_url: str
    store: str
    sandbox_url: str | None


def make_plan(settings: Settings, *, host: str, port: int, sandbox: bool, sandbox_port: int = 0) -> Plan:
    """Decides between the real upstreams and the sandbox, and completes the settings of the latter.

    Raises ConfigError when some credentials are set and others are not.
    """
    if not sandbox and _has_credentials(settings):
        return Plan(settings, host, port, sandbox=False)
    if host not in {"127.0.0.1", "::1", "localhost"}:
        raise ConfigError(f"the sandbox listens on loopback only, not on {host}; set the credentials to serve others")
    secrets = {name: value for name, value in SANDBOX_SECRETS.items() if not getattr(settings, name)}
    if not settings.pulse_encryption_key:
        secrets["pulse_encryption_key"] = _sandbox_key(settings.pulse_data_dir)
    return Plan(msgspec.structs.replace(settings, **secrets), host, port, sandbox=True, sandbox_port=sandbox_port)


def _has_credentials(settings: Settings) -> bool:
    """All of them, or none. Raises ConfigError in between."""
    missing = missing_credentials(settings)
    if missing and len(missing) < len(CREDENTIALS):
        raise ConfigError(
            f"some credentials are set, but not {', '.join(missing)}; set them, or use --sandbox to run without Flash"
        )
    return not missing


async def serve(plan: Plan, announce: Callable[[Serving], AbstractContextManager[None]], stop: asyncio.Event) -> None:
    """Runs until it is told to stop, then takes no more messages, finishes those it has, and is gone within 10 s.

    `announce` is entered when the service takes messages. Raises ConfigError and StoreUnavailable.
    """
    clock = SystemClock()
    ending = Ending(clock)
    with contextlib.closing(_bind(plan.host, plan.port)) as listener:
        url = f"http://{_authority(listener)}"
        async with (
            _store(plan.settings, ending) as (store_url, store),
            _sandbox(plan, url, ending) as (reached, sandbox_url),
        ):
            about = {"sandbox": sandbox_url} if sandbox_url else {}
            settings = msgspec.structs.replace(reached, redis_url=store_url)
            bot = build(settings, Outside(clock, SystemDice(), memory=ProcessMemory()), about=about)
            async with _running(bot, ending), _http(bot.asgi, listener, lambda: ending.left_s(HTTP_BY_S)):
                gc.collect()  # what the start has left behind would stay
                with seldom_collected(), announce(Serving(url, store_url, store, sandbox_url)):
                    await stop.wait()
                    ending.begin()
                structlog.get_logger("serve").info("stopping: no new messages, finishing those that were taken")


async def serve_until_signalled(plan: Plan, announce: Callable[[Serving], AbstractContextManager[None]]) -> None:
    """As `serve`, until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(plan, announce, stop)


@contextlib.asynccontextmanager
async def _running(bot: Bot, ending: Ending) -> AsyncIterator[None]:
    try:
        await _started(bot)
        yield
    finally:
        await bot.stop(ending.left_s(DRAINED_BY_S))


async def _started(bot: Bot) -> None:
    try:
        await bot.start()
    except StoreUnavailable as error:
        raise unreachable(error) from error


async def _check_durability(settings: Settings) -> None:
    """Raises ConfigError for a server that may forget what it has acknowledged."""
    if settings.redis_durability == "any":
        return
    client = shared_client(settings.redis_url or "")
    try:
        if not await require_durable(OneByOne(client)):
            structlog.get_logger("serve").warning("the store does not say whether it syncs before it answers")
    except StoreUnavailable as error:
        raise unreachable(error) from error
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def _store(settings: Settings, ending: Ending) -> AsyncIterator[tuple[str, str]]:
    if settings.redis_url:
        await _check_durability(settings)
        yield settings.redis_url, "REDIS_URL"
        return
    deadline = asyncio.get_running_loop().time() + _STORE_WAIT_S
    while True:
        async with embedded(settings.pulse_data_dir, patience=lambda: ending.left_s(STORE_BY_S)) as store:
            if store.owned:
                yield store.url, store.version
                return
        # A command such as `pulse flags` may own it for a moment; another service would keep it.
        if asyncio.get_running_loop().time() > deadline:
            raise ConfigError(
                f"another process runs the store in {settings.pulse_data_dir}: stop it, or give this one its own "
                "PULSE_DATA_DIR, or let both share a server through REDIS_URL"
            )
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _sandbox(plan: Plan, bot_url: str, ending: Ending) -> AsyncIterator[tuple[Settings, str | None]]:
    if not plan.sandbox:
        yield plan.settings, None
        return
    from service.sandbox.asgi import build_sandbox  # noqa: PLC0415 - 20 MB that the real bot does not need
    from service.sandbox.behaviour import Behaviour  # noqa: PLC0415 - same
    from service.sandbox.config import SandboxConfig  # noqa: PLC0415 - same
    from service.sandbox.world import World  # noqa: PLC0415 - same

    with contextlib.closing(_bind("127.0.0.1", plan.sandbox_port)) as listener:
        url = f"http://{_authority(listener)}"
        config = SandboxConfig(
            app_secret=plan.settings.whatsapp_app_secret,
            verify_token=plan.settings.whatsapp_verify_token,
            access_token=plan.settings.whatsapp_access_token,
            phone_number_id=plan.settings.whatsapp_phone_number_id,
            api_key=plan.settings.flash_api_key,
            webhook_url=f"{bot_url}/webhook/whatsapp",
            behaviour=Behaviour(magic=True),
        )
        clock = SystemClock()
        sandbox = build_sandbox(config, World.demo(), clock)
        settings = msgspec.structs.replace(plan.settings, flash_api_url=f"{url}/graphql", whatsapp_api_url=url)
        try:
            async with _http(sandbox.app, listener, lambda: ending.left_s(CLOSED_BY_S)):
                yield settings, url
        finally:
            await sandbox.aclose()


class _Server(uvicorn.Server):
    """A server whose process has signal handlers of its own."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - uvicorn's signature
        """Leaves the signals to `serve`."""
        yield


@contextlib.asynccontextmanager
async def _http(app: object, listener: socket.socket, patience: Callable[[], float]) -> AsyncIterator[None]:
    """`patience` is asked at the end for how many seconds the requests under way may take."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's union of ASGI types
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody here asks what a proxy says of the client, other than whether there is one
        ws="none",
        http=BoundedProtocol,
        limit_concurrency=MAX_CONNECTIONS,
        server_header=False,
        date_header=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has a flag, and no event to wait for
            await asyncio.sleep(0.01)
        yield
    finally:
        config.timeout_graceful_shutdown = patience()  # type: ignore[assignment]  # whole seconds, says uvicorn; it hands them to wait_for
        server.should_exit = True
        await task


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error}; choose another with --host and --port"
        ) from error
    return listener


def _authority(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _sandbox_key(data_dir: Path) -> str:
    """A key of this data directory's own, so that sandbox sessions survive a restart."""
    path = data_dir / "sandbox.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.b64encode(os.urandom(32)))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(f"{path} cannot be used: {error.strerror}; choose another PULSE_DATA_DIR") from error
