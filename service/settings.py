"""Environment and `pulse.toml` to one frozen Settings. Fails closed: a bot that lacks a secret does not start."""

import base64
import binascii
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from service.core.errors import ConfigError
from service.roadmap import LAST_PHASE

__all__ = ["CREDENTIALS", "Settings", "encryption_key", "load_settings", "missing_credentials"]

CREDENTIALS = (
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_PHONE_NUMBER_ID",
    "FLASH_API_KEY",
    "PULSE_ENCRYPTION_KEY",
)
"""All of these, or none: with none the bot talks to its sandbox."""

_KEY_BYTES = 32
_TOKEN, _REGION = "^([!-~]{16,})?$", "^[A-Z]{2}$"
_PATTERNS = {_TOKEN: "of at least 16 characters without spaces", _REGION: "of two capital letters"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured; each field is the lower-case name of its environment variable."""

    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    whatsapp_access_token: str = ""
    whatsapp_phone_number_id: str = ""
    whatsapp_api_url: str = "https://graph.facebook.com"
    whatsapp_api_version: str = "v23.0"
    flash_api_url: str = "https://api.flashapp.me/graphql"
    flash_api_key: str = ""
    flash_idempotency: bool = True
    redis_url: str | None = None
    redis_durability: Literal["always", "any"] = "always"
    pulse_encryption_key: str = ""
    pulse_data_dir: Path = Path(".pulse")
    pulse_phase: int = LAST_PHASE
    pulse_switches: str = ""
    pulse_flag_provider: str | None = None
    pulse_log_level: str = "info"
    pulse_concurrency: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 256
    pulse_daily_limit_cents: Annotated[int, msgspec.Meta(ge=1, le=10**12)] = 1_000_000
    pulse_daily_payments: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    otel_exporter_otlp_endpoint: str = ""
    pulse_metrics_token: Annotated[str, msgspec.Meta(pattern=_TOKEN)] = ""
    pulse_phone_region: Annotated[str, msgspec.Meta(pattern=_REGION)] = "JM"

    def __repr__(self) -> str:
        """Without secrets: a repr ends up in logs."""
        return f"Settings(data_dir={str(self.pulse_data_dir)!r}, phase={self.pulse_phase})"


_NAMES = {name.upper(): name for name in Settings.__struct_fields__}


def load_settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings of `pulse.toml` (or the given file), overridden by the environment.

    Raises ConfigError that names the file or variable, and what is wrong with it.
    """
    values = _from_file(file)
    values |= {field: environ[name] for name, field in _NAMES.items() if environ.get(name)}
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_as_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"the settings cannot be read: {_in_words(str(error))}") from error


def _in_words(error: str) -> str:
    """Msgspec's message without its marks, and without patterns."""
    for pattern, words in _PATTERNS.items():
        error = error.replace(f"matching regex {pattern!r}", words)
    return error.replace("$.", "").replace("`", "")


def missing_credentials(settings: Settings) -> list[str]:
    """The credentials that are not set."""
    return [name for name in CREDENTIALS if not getattr(settings, name.lower())]


def encryption_key(settings: Settings) -> bytes:
    """The 32 bytes that seal session tokens. Raises ConfigError."""
    try:
        key = base64.b64decode(settings.pulse_encryption_key, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigError(
            "PULSE_ENCRYPTION_KEY must be 32 bytes in base64; make one with: "
            'python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'
        )
    return key


def _as_path(_kind: type, value: object) -> Path:
    """Called for Path, the one type among the settings that msgspec does not know."""
    if not isinstance(value, str):
        raise TypeError(f"Expected str, got {type(value).__name__}")
    return Path(value)


def _from_file(file: Path | None) -> dict[str, Any]:
    path = file or Path("pulse.toml")
    if file is None and not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return {_field(path, name): value for name, value in found.items()}


def _field(path: Path, name: str) -> str:
    """The setting that a key of the file stands for. Raises ConfigError."""
    if name.upper() in _NAMES:
        return _NAMES[name.upper()]
    close = get_close_matches(name.upper(), _NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the keys are {', '.join(sorted(_NAMES))}"
    raise ConfigError(f"{path}: unknown key {name}; {hint}")
