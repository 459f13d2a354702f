"""The store of a deployment, for commands that look at it or change it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.operating import Operations, operations
from service.running import Running, find_running
from service.settings import Settings, load_settings
from service.store.embedded import embedded

__all__ = ["deployment_store"]


@asynccontextmanager
async def deployment_store(config: Path | None) -> AsyncIterator[tuple[Operations, Running | None]]:
    """What operators can do with the store, and the service that runs on it here, if one does.

    The store is the running service's, else REDIS_URL, else the embedded one of the data directory, started for as
    long as this takes. Raises ConfigError and StoreUnavailable.
    """
    settings = load_settings(os.environ, config)
    running = find_running(settings.pulse_data_dir)
    async with _store_url(settings, running.store_url if running else None) as url, operations(url) as found:
        yield found, running


@asynccontextmanager
async def _store_url(settings: Settings, running_url: str | None) -> AsyncIterator[str]:
    if running_url or settings.redis_url:
        yield running_url or settings.redis_url or ""
        return
    async with embedded(settings.pulse_data_dir) as store:
        yield store.url
