import asyncio
import json

import pytest

from tests.edge.kit import Site, chunks, exchange


@pytest.mark.parametrize("path", ["/", "/webhook", "/webhook/whatsapp/", "/Health", "/metric"])
def test_a_path_that_is_not_there_is_404(path: str) -> None:
    assert Site().ask("GET", path).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/webhook/whatsapp"), ("PUT", "/health"), ("POST", "/ready"), ("POST", "/metrics")]
)
def test_another_method_of_a_known_path_is_405(method: str, path: str) -> None:
    answer = Site().ask(method, path)
    assert (answer.status, answer.headers[b"allow"]) == (405, b"GET, POST" if "webhook" in path else b"GET")


def test_health_says_ok_and_what_this_is() -> None:
    answer = Site(ready=False).ask("GET", "/health")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok", "version": "1"})
    assert answer.headers[b"content-type"] == b"application/json"


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_ready_follows_the_store(*, ready: bool, status: int) -> None:
    answer = Site(ready=ready).ask("GET", "/ready")
    assert (answer.status, json.loads(answer.body)) == (status, {"ready": ready})


def test_a_response_announces_its_length() -> None:
    answer = Site().ask("GET", "/health")
    assert answer.headers[b"content-length"] == str(len(answer.body)).encode()


def test_what_is_not_http_is_refused() -> None:
    with pytest.raises(RuntimeError, match="websocket"):
        asyncio.run(exchange(Site().app, {"type": "websocket"}, chunks([])))
