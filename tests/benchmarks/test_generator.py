"""What the generator can do on one core: against a webhook that does nothing, so that only the generator works."""

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from typing import cast

import uvloop
from pytest_benchmark.fixture import BenchmarkFixture

from profiles.live.generator import generate
from profiles.live.orders import Letter, Orders, Outcome

RATE_PER_S = 6_000
SECONDS = 3.0


class _Nothing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


def _serve(tell: Connection) -> None:
    async def go() -> None:
        server = await asyncio.get_running_loop().create_server(_Nothing, "127.0.0.1", 0)
        tell.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    uvloop.run(go())


def test_messages_per_second(benchmark: BenchmarkFixture) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{ours.recv()}/webhook"
    letters = tuple(
        Letter(n / RATE_PER_S, f"wamid.{n}", f"1876300{n % 1000:04d}", "balance")
        for n in range(int(RATE_PER_S * SECONDS))
    )

    def run() -> Outcome:
        return asyncio.run(generate(Orders(webhook_url=url, secret="s3cret", letters=letters)))

    outcome = benchmark.pedantic(run, rounds=1)  # type: ignore[no-untyped-call]  # pytest-benchmark has no types here
    process.kill()
    late = outcome.lateness
    benchmark.extra_info["late_ms_p99"] = late.p99_ms
    per_message_us = 1e6 * outcome.cpu_s / len(letters)
    print(  # noqa: T201 - the figure is what this is for
        f"\n{RATE_PER_S:,} messages/s: late p50 {late.p50_ms:.2f} ms, p99 {late.p99_ms:.2f} ms, "
        f"most {late.max_ms:.1f} ms; {per_message_us:.0f} us of CPU each, so {1e6 / per_message_us:,.0f}/s at the most"
    )
    assert outcome.statuses == {"200": len(letters)}
