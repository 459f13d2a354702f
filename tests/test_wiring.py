import asyncio
from collections.abc import Sequence
from typing import Any

from service.clocks import SystemClock
from service.core.errors import StoreUnavailable
from service.core.switches import FlagState, Switches
from service.flow.switchboard import FlagProvider
from service.settings import Settings
from service.store.commands import Command
from service.switching import is_active
from service.wiring.storing import answers
from service.wiring.switches import following, make_switchboard


async def silent(_commands: Sequence[Command]) -> list[Any]:
    raise StoreUnavailable("gone")


async def answering(commands: Sequence[Command]) -> list[Any]:
    return ["PONG" for _ in commands]


def test_a_store_answers_or_does_not() -> None:
    assert asyncio.run(answers(answering))
    assert not asyncio.run(answers(silent))


def test_the_edge_follows_the_switches_as_they_are() -> None:
    now: list[Switches] = [frozenset()]
    seen: list[bool] = []

    async def routes(_scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(is_active("3.3"))
        now[0] = frozenset({"3.3"})
        seen.append(is_active("3.3"))

    asyncio.run(following(routes, lambda: now[0])({}, None, None))
    assert seen == [False, True]
    assert not is_active("3.3")


def test_two_switchboards_in_one_process_do_not_share_their_flags() -> None:
    boards = [
        make_switchboard(Settings(), FlagProvider({"1.1": FlagState(percent)}), SystemClock(), f"bot-{percent}")
        for percent in (0.0, 100.0)
    ]
    assert [board.snapshot("ann") for board in boards] == [frozenset(), frozenset({"1.1"})]
