"""What is put under load: a bot of ours, or any that is running somewhere."""

import ipaddress
from urllib.parse import urlsplit

import msgspec

from service.core.errors import ConfigError

__all__ = ["Target", "webhook_target"]

_PATH = "/webhook/whatsapp"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages go, and how they are signed.

    Replies are seen where the bot talks to a sandbox, whose address is `sandbox_url`; CPU and memory where it is a
    process of this machine, `pid`.
    """

    name: str
    webhook_url: str
    secret: str
    phone_number_id: str
    sandbox_url: str | None = None
    pid: int | None = None

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Target({self.name!r})"


def webhook_target(
    url: str, secret: str, phone_number_id: str, sandbox_url: str | None = None, *, far: bool = False
) -> Target:
    """A bot that is running, by its address, with or without the path of its webhook.

    Raises:
        ConfigError: it is no address, there is no secret, or it is not of this machine and `far` is not given.
    """
    url = url.rstrip("/")
    for option, address in (("--url", url), ("--sandbox-url", sandbox_url)):
        if address is not None:
            _check(option, address, far=far)
    if not secret or not phone_number_id:
        raise ConfigError(
            "messages have to be signed and addressed as WhatsApp's are: set WHATSAPP_APP_SECRET and "
            "WHATSAPP_PHONE_NUMBER_ID to what the bot has"
        )
    return Target(
        name=url,
        webhook_url=url if urlsplit(url).path else f"{url}{_PATH}",
        secret=secret,
        phone_number_id=phone_number_id,
        sandbox_url=sandbox_url and sandbox_url.rstrip("/"),
    )


def _check(option: str, url: str, *, far: bool) -> None:
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
