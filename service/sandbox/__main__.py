"""The sandbox as a process of its own: `python -m service.sandbox --port 8787`."""

import argparse
import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from typing import TypeVar

import msgspec
import uvicorn
import uvloop

from service.sandbox.asgi import build_sandbox
from service.sandbox.behaviour import Behaviour
from service.sandbox.config import SandboxConfig
from service.sandbox.latency import LatencyModel
from service.sandbox.world import Person, World

__all__ = ["main"]

_T = TypeVar("_T")

_HOST = "127.0.0.1"


class _AnnouncingServer(uvicorn.Server):
    """Says where it listens as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers[:1]:
            base = f"http://{_HOST}:{server.sockets[0].getsockname()[1]}"
            line = {"port": server.sockets[0].getsockname()[1], "graphql": f"{base}/graphql", "whatsapp": base}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


class _MachineClock:
    """The time of this machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def charge(self, work: str) -> None:
        pass


def main(arguments: list[str] | None = None) -> None:
    """Serves a sandbox on the loopback interface until it is stopped; prints one JSON line once it listens."""
    options = _parser().parse_args(arguments)
    uvloop.run(_serve(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--users", type=int, default=0, help="a generated population; without it the demo users")
    parser.add_argument("--people", type=Path, help="a JSON file with all of them, instead of --users")
    parser.add_argument("--latency", type=Path, help="a JSON file with a LatencyModel; without it answers are instant")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--webhook-url", help="where the bot takes webhooks")
    parser.add_argument("--app-secret", default="sandbox-app-secret")
    parser.add_argument("--verify-token", default="sandbox-verify-token")
    parser.add_argument("--access-token", default="sandbox-access-token")
    parser.add_argument("--phone-number-id", default="100000000000002")
    parser.add_argument("--api-key", default="sandbox-api-key")
    parser.add_argument("--no-idempotency", action="store_true", help="an older server, without idempotency keys")
    parser.add_argument("--frozen-prices", action="store_true")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    config = SandboxConfig(
        app_secret=options.app_secret,
        verify_token=options.verify_token,
        access_token=options.access_token,
        phone_number_id=options.phone_number_id,
        api_key=options.api_key,
        webhook_url=options.webhook_url,
        idempotency=not options.no_idempotency,
        seed=options.seed,
        behaviour=Behaviour(magic=not (options.users or options.people)),
        latency=_read(options.latency, LatencyModel) if options.latency else LatencyModel(),
        moving_prices=not options.frozen_prices,
    )
    world = _world(options)
    sandbox = build_sandbox(config, world, _MachineClock())
    await _AnnouncingServer(
        uvicorn.Config(
            sandbox.app, host=_HOST, port=options.port, log_level="warning", timeout_graceful_shutdown=1, lifespan="on"
        )
    ).serve()


def _world(options: argparse.Namespace) -> World:
    if options.people:
        return World(_read(options.people, list[Person]), options.seed)
    return World.generate(options.seed, options.users) if options.users else World.demo()


def _read(file: Path, kind: type[_T]) -> _T:
    """What a file holds. Ends the program with one line when it does not."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        sys.exit(f"{file} cannot be read: {error}")


if __name__ == "__main__":
    main()
