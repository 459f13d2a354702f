"""What is configured here: credentials, the data directory, and the servers that the settings name."""

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from reports.doctor import Finding
from service.core.errors import ConfigError
from service.settings import CREDENTIALS, Settings, encryption_key, load_settings, missing_credentials

__all__ = ["Configured", "configured", "credentials", "data_directory", "disk", "named_urls", "settings_file", "shown"]

_URLS = ("FLASH_API_URL", "WHATSAPP_API_URL", "REDIS_URL")
_GB = 1_000_000_000
_LITTLE = 2 * _GB
_TOO_LITTLE = _GB // 10


class Configured(msgspec.Struct, frozen=True):
    """The settings, those of them that somebody has set, and why they could not be read, if so."""

    settings: Settings
    given: frozenset[str]
    fault: str = ""


def configured(environ: Mapping[str, str], file: Path | None) -> Configured:
    """What the environment and the settings file say; the defaults, with the fault, where they cannot be read."""
    try:
        settings = load_settings(environ, file)
    except ConfigError as error:
        return Configured(Settings(), frozenset(), str(error))
    path = file or Path("pulse.toml")
    from_file = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    names = {name.upper() for name in Settings.__struct_fields__}
    given = {name for name in names if environ.get(name)} | {name.upper() for name in from_file}
    return Configured(settings, frozenset(given))


def settings_file(found: Configured) -> Finding:
    """Whether the settings can be read."""
    if found.fault:
        return Finding(
            subject="settings", state="failed", found=found.fault, advice="nothing else of them was looked at"
        )
    return Finding(subject="settings", state="ok", found=", ".join(sorted(found.given)) or "all as they come")


def credentials(settings: Settings) -> Finding:
    """Which of them are set, and never to what."""
    missing = missing_credentials(settings)
    if len(missing) == len(CREDENTIALS):
        return Finding(subject="credentials", state="ok", found="none: the bot talks to its sandbox")
    given = ", ".join(name for name in CREDENTIALS if name not in missing)
    if missing:
        advice = f"set {', '.join(missing)} too, or none of them for the sandbox: the bot does not start like this"
        return Finding(subject="credentials", state="failed", found=f"only {given}", advice=advice)
    try:
        encryption_key(settings)
    except ConfigError as error:
        return Finding(subject="credentials", state="failed", found="all are set", advice=str(error))
    return Finding(subject="credentials", state="ok", found=f"{given} are set")


def named_urls(found: Configured) -> dict[str, str]:
    """The addresses that somebody has set, by their settings' names: no other one is ever asked."""
    urls = {name: getattr(found.settings, name.lower()) for name in _URLS if name in found.given}
    return {name: url for name, url in urls.items() if url}


def data_directory(path: Path, writable: Callable[[Path], bool] = lambda place: os.access(place, os.W_OK)) -> Finding:
    """Whether the bot can write its data, or make the directory for it."""
    place = _existing(path)
    if not place.is_dir():
        advice = "PULSE_DATA_DIR names a file; name a directory"
        return Finding(subject="data directory", state="failed", found=str(place), advice=advice)
    if not writable(place):
        advice = f"let this user write in {place}, or set PULSE_DATA_DIR to another directory"
        return Finding(subject="data directory", state="failed", found=f"{path}: not writable", advice=advice)
    return Finding(subject="data directory", state="ok", found=f"{path}{'' if path == place else ' (not there yet)'}")


def disk(path: Path, free_bytes: Callable[[Path], int]) -> Finding:
    """How much room there is for the store's append-only file."""
    free = free_bytes(_existing(path))
    found = f"{free / _GB:,.1f} GB free"
    if free < _TOO_LITTLE:
        advice = "the store stops when its disk is full: make room before the bot starts"
        return Finding(subject="disk", state="failed", found=found, advice=advice)
    if free < _LITTLE:
        advice = "the store keeps everything in an append-only file: make room"
        return Finding(subject="disk", state="warning", found=found, advice=advice)
    return Finding(subject="disk", state="ok", found=found)


def _existing(path: Path) -> Path:
    """The path, or the nearest directory above it that there is."""
    path = path.expanduser().absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def shown(url: str) -> str:
    """Scheme, host and port, or the path of a unix socket: what else is in a URL may be a secret.

    Raises ValueError for what is no address.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    if not parts.scheme or not parts.hostname:
        raise ValueError("no address")
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
