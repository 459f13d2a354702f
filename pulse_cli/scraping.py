"""Asks a service for its metrics."""

import http.client
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

from reports.scrape import Scrape, parse
from service.core.errors import ConfigError, PulseError

__all__ = ["look"]

_TIMEOUT_S = 5.0
_MAX_BYTES = 20_000_000
_REFUSALS = {
    401: "it wants a token; set PULSE_METRICS_TOKEN to the one that the service has",
    403: "it shows its metrics to its own machine only; set PULSE_METRICS_TOKEN there and here",
}
_OFF = "its metrics are switched off (item 6.1); switch them on with: pulse flags enable 6.1"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for this service alone; a redirection is an error."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """None."""


def look(url: str, token: str) -> Scrape:
    """The metrics of the service at this URL.

    Raises ConfigError for what is no URL, PulseError when it gives no metrics, RunError when it gives something else.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"--url {url} is no address of a service; it begins with http:// or https://")
    where = url.rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    try:
        request = urllib.request.Request(f"{where}/metrics", headers=headers)  # noqa: S310 - its scheme was looked at
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            text = answer.read(_MAX_BYTES).decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise PulseError(f"{where} shows no metrics: {_why(error)}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PulseError(f"{where} does not answer: {getattr(error, 'reason', error)}; is the service up?") from error
    return parse(text)


def _why(error: urllib.error.HTTPError) -> str:
    """What a service's refusal means; of the answers 404, only ours speaks of the item."""
    with error:
        if error.code == HTTPStatus.NOT_FOUND and b"item 6.1" in error.read(1_000):
            return _OFF
    return _REFUSALS.get(error.code, f"it answers HTTP {error.code}; is it a service of this version?")
