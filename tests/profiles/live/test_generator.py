"""The generator as a process of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from profiles.live.generator import GeneratorError, generate
from profiles.live.orders import Letter, Orders, Outcome
from tests.profiles.live.responder import Responder, responding

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


def orders(url: str, *at_s: float) -> Orders:
    letters = tuple(Letter(one, f"wamid.{n}", "18763000001", "help") for n, one in enumerate(at_s))
    return Orders(webhook_url=f"{url}/webhook", secret="s3cret", letters=letters)


def test_orders_go_in_and_an_outcome_comes_out() -> None:
    responder = Responder([])

    async def go() -> Outcome:
        async with responding(responder):
            return await generate(orders(responder.url, 0.0, 0.01))

    outcome = asyncio.run(go())
    assert (len(responder.requests), outcome.statuses, outcome.stopped) == (2, {"200": 2}, False)
    assert outcome.cpu_s > 0
    assert None not in outcome.late_ms


def test_it_can_be_stopped_early_and_says_what_it_has_sent() -> None:
    responder = Responder([])

    async def go() -> Outcome:
        stop = asyncio.Event()
        responder.on_message = lambda _: stop.set()
        async with responding(responder):
            return await generate(orders(responder.url, 0.0, 600.0), stop=stop)

    outcome = asyncio.run(go())
    assert outcome.stopped
    assert [late is None for late in outcome.late_ms] == [False, True]


def test_a_generator_that_fails_is_an_error_with_its_last_words() -> None:
    command = (sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('no sockets today')")
    with pytest.raises(GeneratorError, match="it said: no sockets today"):
        asyncio.run(generate(orders("http://127.0.0.1:1"), command=command))
