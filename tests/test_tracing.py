"""Traces of real messages through the whole bot, collected in memory."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import msgspec
import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.errors import ConfigError
from service.core.messages import Incoming
from service.wiring.outside import Outside
from service.wiring.tracing import make_tracing
from tests import canaries
from tests.edge.kit import chunks, delivery, envelope, exchange, sign, text
from tests.store.kit import FakeDice
from tests.test_app import NOW_S, SETTINGS

trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra otel is not installed")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
StatusCode = pytest.importorskip("opentelemetry.trace").StatusCode
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

NUMBER = "18765550101"
Scene = Callable[[Bot], Coroutine[Any, Any, None]]


def spans_of(scene: Scene, *, whatsapp: int = 200) -> list[Any]:
    """What is collected of a scene, in the order in which it ended."""
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))

    def outside_world(request: httpx.Request) -> httpx.Response:
        if request.url.host == "graph.facebook.com":
            return httpx.Response(whatsapp, json={"messages": [{"id": "wamid.out"}]})
        return httpx.Response(503)

    async def main(clock: VirtualClock) -> None:
        connection = SimRedis(clock, RoundTrip(), FakeDice()).connection_kwargs()
        transport = httpx.MockTransport(outside_world)
        bot = build(SETTINGS, Outside(clock, FakeDice(), transport, connection, tracer_provider=provider))
        try:
            await bot.start()
            exporter.clear()  # what the start left
            await scene(bot)
            await bot.lanes.idle()
        finally:
            await bot.stop(10)

    run_virtual(main, start_unix_s=NOW_S)
    return list(exporter.get_finished_spans())


async def deliver(bot: Bot, *messages: dict[str, object]) -> None:
    body = envelope({"metadata": {"phone_number_id": "15550000000"}, "messages": list(messages)})
    headers = [(b"x-hub-signature-256", sign(body, SETTINGS.whatsapp_app_secret))]
    assert (await exchange(bot.asgi, delivery(headers), chunks([body]))).status == 200


def says(words: str, number: int) -> dict[str, object]:
    return text(words, **{"id": f"wamid.{number}", "from": NUMBER, "timestamp": str(int(NOW_S))})


def parents(spans: list[Any]) -> Iterator[tuple[str, str | None]]:
    """Each span's name with its parent's."""
    names = {span.context.span_id: span.name for span in spans}
    for span in spans:
        yield span.name, names.get(span.parent.span_id) if span.parent else None


def test_a_message_is_one_trace_from_its_delivery_to_its_reply() -> None:
    spans = spans_of(lambda bot: deliver(bot, says("price", 1)))
    [accept] = [span for span in spans if span.name == "webhook accept"]
    mine = [span for span in spans if span.context.trace_id == accept.context.trace_id]
    assert set(parents(mine)) == {
        ("webhook accept", None),
        ("store batch", "webhook accept"),
        ("queue wait", "webhook accept"),
        ("message", "webhook accept"),
        ("store batch", "message"),
        ("command", "message"),
        ("store batch", "command"),
        ("upstream call", "command"),
        ("reply", "message"),
    }


def test_a_message_belongs_to_its_own_delivery_not_to_the_one_that_opened_the_lane() -> None:
    async def scene(bot: Bot) -> None:
        await asyncio.gather(deliver(bot, says("price", 1)), deliver(bot, says("help", 2)))

    spans = spans_of(scene)
    deliveries = {span.context.trace_id for span in spans if span.name == "webhook accept"}
    commands = {span.attributes["pulse.command"]: span.context.trace_id for span in spans if span.name == "command"}
    assert len(deliveries) == 2
    assert set(commands) == {"price", "help"}
    assert set(commands.values()) == deliveries


def test_what_a_sweep_finds_is_a_trace_of_its_own() -> None:
    async def scene(bot: Bot) -> None:
        await bot.inbox.accept([Incoming("wamid.9", NUMBER, None, "text", "help", int(NOW_S), NOW_S)])
        await asyncio.sleep(60)

    spans = spans_of(scene)
    [message] = [span for span in spans if span.name == "message"]
    assert message.parent is None
    assert "queue wait" not in {span.name for span in spans}


def test_a_failure_is_noted_by_its_type_alone() -> None:
    async def scene(bot: Bot) -> None:
        await deliver(bot, says("help", 1))

    [failed] = [span for span in spans_of(scene, whatsapp=401) if span.status.status_code is StatusCode.ERROR]
    assert (failed.name, failed.events, failed.status.description) == ("reply", (), None)
    assert failed.attributes == {"pulse.kind": "buttons", "error.type": "ChatRefused"}


def test_nothing_personal_is_in_a_span() -> None:
    async def scene(bot: Bot) -> None:
        words = ("link", f"verify {canaries.LINKING_CODE}", f"send 5 to @bob for {canaries.MEMO}", "balance")
        for number, one in enumerate(words):
            await deliver(bot, says(one, number))
            await bot.lanes.idle()

    shown = "".join(span.to_json() for span in spans_of(scene))
    assert canaries.found_in(shown) == []
    assert [secret for secret in (NUMBER, "wamid.", canaries.LINKING_CODE, "@bob") if secret in shown] == []


def test_without_a_collector_nothing_is_decorated() -> None:
    async def run(_what: Any) -> Any:
        return None

    tracing = make_tracing(SETTINGS)
    ways = (tracing.accept, tracing.store, tracing.message, tracing.command)
    assert [way(run) for way in ways] == [run] * len(ways)


def test_spans_reach_the_collector_before_the_end() -> None:
    asked: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            pass

    async def scene(url: str) -> None:
        tracing = make_tracing(msgspec.structs.replace(SETTINGS, otel_exporter_otlp_endpoint=url))
        with tracing.upstream("me"):
            pass
        await tracing.aclose()

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            asyncio.run(scene(f"http://127.0.0.1:{server.server_port}/"))
        finally:
            server.shutdown()
            thread.join()
    assert asked == ["/v1/traces"]


def test_a_collector_without_the_library_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    settings = msgspec.structs.replace(SETTINGS, otel_exporter_otlp_endpoint="http://127.0.0.1:4318")
    with pytest.raises(ConfigError, match=r"pulse-bot\[otel\]"):
        make_tracing(settings)
