"""What is put under load: a bot of ours, or any that is running somewhere."""

import ipaddress
from urllib.parse import urlsplit

import httpx
import msgspec

from service.core.errors import ConfigError, PulseError

__all__ = ["Target", "check_address", "sandbox_of", "webhook_target"]

_PATH = "/webhook/whatsapp"
_TIMEOUT_S = 5.0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages go, and how they are signed.

    Replies are seen where the bot talks to a sandbox, whose address is `sandbox_url`; CPU and memory where it is a
    process of this machine, `pid`. One that `is_ours` was started for the measurement, and knows who will write to it.
    """

    name: str
    webhook_url: str
    secret: str
    phone_number_id: str
    sandbox_url: str | None = None
    pid: int | None = None
    is_ours: bool = False

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Target({self.name!r})"


def webhook_target(
    url: str, secret: str, phone_number_id: str, sandbox_url: str | None = None, pid: int | None = None
) -> Target:
    """A bot that is running, by its address, with or without the path of its webhook.

    Raises ConfigError when there is nothing to sign with.
    """
    if not secret or not phone_number_id:
        raise ConfigError(
            "messages have to be signed and addressed as WhatsApp's are: set WHATSAPP_APP_SECRET and "
            "WHATSAPP_PHONE_NUMBER_ID to what the bot has"
        )
    url = url.rstrip("/")
    return Target(
        name=url,
        webhook_url=url if urlsplit(url).path else f"{url}{_PATH}",
        secret=secret,
        phone_number_id=phone_number_id,
        sandbox_url=sandbox_url and sandbox_url.rstrip("/"),
        pid=pid,
    )


async def sandbox_of(url: str, transport: httpx.AsyncBaseTransport | None = None) -> str | None:
    """The sandbox that the bot at a URL says it talks to, where it says so. Raises PulseError when nobody answers."""
    parts = urlsplit(url)
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, transport=transport) as http:
            answer = await http.get(f"{parts.scheme}://{parts.netloc}/health")
    except httpx.HTTPError as error:
        raise PulseError(f"no bot answers at {url}: {error or type(error).__name__}; is it up?") from error
    try:
        found = msgspec.json.decode(answer.content)
    except msgspec.MsgspecError:
        return None
    sandbox = found.get("sandbox") if isinstance(found, dict) else None
    return sandbox if isinstance(sandbox, str) else None


def check_address(option: str, url: str, *, far: bool) -> None:
    """Raises ConfigError for what is no address, or not one of this machine where `far` does not allow it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError(f"{option} {url} is no address of a bot; give one such as http://127.0.0.1:8080")
    if not far and not _is_loopback(host):
        raise ConfigError(
            f"{option} {url} is not on this machine: load can take a service down, and its people with it; "
            "say --i-may-load-this-host if it is yours and meant"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
