"""Where the switches come from, and the edge that follows them."""

from collections.abc import Callable, Coroutine
from typing import Any

from openfeature import api

from service import switching
from service.core.switches import Switches
from service.flow.switchboard import FlagProvider, Switchboard, load_provider
from service.ports import Clock
from service.roadmap import switch_keys
from service.settings import Settings

__all__ = ["FOREIGN_FLAGS_S", "following", "make_switchboard"]

FOREIGN_FLAGS_S = 2.0
"""How long answers of a flag provider that is not ours are remembered."""

_Asgi = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


def make_switchboard(settings: Settings, flags: FlagProvider, clock: Clock, domain: str) -> Switchboard:
    """The switches by ours or by the configured provider. Raises ConfigError.

    Each bot has an OpenFeature domain of its own, so that several can live in one process.
    """
    if settings.pulse_flag_provider is None:
        api.set_provider_and_wait(flags, domain)
        return Switchboard(domain, switch_keys(), lambda: flags.revision)
    api.set_provider_and_wait(load_provider(settings.pulse_flag_provider), domain)
    return Switchboard(domain, switch_keys(), lambda: int(clock.monotonic() / FOREIGN_FLAGS_S))


def following(routes: _Asgi, source: Callable[[], Switches]) -> _Asgi:
    """The edge by the switches as they are: what it does belongs to no user yet."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        with switching.follow(source):
            await routes(scope, receive, send)

    return serve
