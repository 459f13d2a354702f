"""`pulse top` against whatever may answer at an address."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pulse_cli import scraping
from service.core.errors import PulseError
from tests.pulse_cli.kit import Cli

PAGE = b"pulse_start_time_seconds 1000\npulse_tasks 7\n"


class Address(HTTPServer):
    """Answers everything in the same way, and remembers what it was asked."""

    answer: tuple[int, bytes, str] = (200, PAGE, "")
    asked: list[tuple[str, str | None]]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Address)
        self.server.asked.append((self.path, self.headers["authorization"]))
        status, body, location = self.server.answer
        self.send_response(status)
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
        pass


@contextmanager
def answering(status: int = 200, body: bytes = PAGE, location: str = "") -> Iterator[tuple[str, Address]]:
    with Address(("127.0.0.1", 0), Handler) as server:
        server.answer, server.asked = (status, body, location), []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server
        finally:
            server.shutdown()
            thread.join()


def test_an_interval_is_two_looks(cli: Cli) -> None:
    with answering() as (url, server):
        done = cli("top", "--url", f"{url}/", "--once", "--interval", "0.1", "--json")
    assert (done.code, done.errors) == (0, "")
    assert json.loads(done.output)["tasks"] == 7
    assert server.asked == [("/metrics", None)] * 2


def test_since_the_start_one_look_is_enough(cli: Cli) -> None:
    with answering() as (url, server):
        done = cli("top", "--url", url, "--once", "--since-start")
    assert (done.code, "7 tasks" in done.output) == (0, True)
    assert len(server.asked) == 1


def test_the_token_goes_with_it_but_not_where_it_is_sent_on_to(cli: Cli) -> None:
    token = {"PULSE_METRICS_TOKEN": "a-token-of-some-length"}
    with answering() as (elsewhere, other), answering(302, location=elsewhere) as (url, server):
        cli("top", "--url", url, "--once", environ=token).assert_refused("HTTP 302")
    assert server.asked == [("/metrics", "Bearer a-token-of-some-length")]
    assert other.asked == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"", ("PULSE_METRICS_TOKEN", "token")),
        (403, b"", ("PULSE_METRICS_TOKEN", "own machine")),
        (404, b"metrics are switched off here (item 6.1)", ("pulse flags enable 6.1",)),
        (404, b"not found", ("HTTP 404", "service of this version")),
        (500, b"", ("HTTP 500",)),
        (200, b"<html>hello</html>", ("cannot be read", "pulse service")),
    ],
)
def test_what_is_no_metrics_is_explained(cli: Cli, status: int, body: bytes, words: tuple[str, ...]) -> None:
    with answering(status, body) as (url, _):
        cli("top", "--url", url, "--once").assert_refused(*words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("no service runs", "pulse serve", "--url")),
        (("--url", "http://127.0.0.1:1"), ("http://127.0.0.1:1", "does not answer", "service up")),
        (("--url", "nonsense"), ("nonsense", "http://")),
        (("--url", "file:///etc/hosts"), ("file:///etc/hosts", "http://")),
        (("--url", "http://[x"), ("http://[x",)),
        (("--interval", "0"), ("--interval", "0.1")),
        (("--interval", "nan"), ("--interval",)),
        (("--config", "missing.toml"), ("missing.toml",)),
    ],
)
def test_a_value_that_cannot_be_used_is_named(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    cli("top", *arguments).assert_refused(*words)


def test_a_service_that_goes_away_is_an_error_with_its_address() -> None:
    with answering() as (url, _):
        assert scraping.look(url, "").value("pulse_tasks") == 7
    with pytest.raises(PulseError, match=url):
        scraping.look(url, "")
