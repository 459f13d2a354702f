"""Switches change when the bot answers and what that costs, never what it says or pays; the limits are in parity.py."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.trace import draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from tests.profiles.parity import differences, loosely_equal, money_differences

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long

QUIET = ("quiet", None)
REFERENCE = ("reference", 5.0)


@cache
def ran(name: str, minutes: float | None, phase: int, *, moving: bool = False) -> VirtualRun:
    """A run of a trace in a world where Flash does not fail; each is made once."""
    shipped = load_workload(name)
    steady = msgspec.structs.replace(shipped.upstream, failure_rate=0.0, outages=())
    workload = msgspec.structs.replace(shipped, upstream=steady, moving_prices=moving)
    return run_arm(phase_arm(phase), workload, draw(workload, 1, minutes))


@pytest.mark.parametrize("traffic", [QUIET, REFERENCE])
@pytest.mark.parametrize("phase", [0, 1, 3, 4])
def test_every_message_is_answered(traffic: tuple[str, float | None], phase: int) -> None:
    unanswered = [r.wamid for r in ran(*traffic, phase).responses if r.response_ms is None or not r.bodies]
    assert unanswered == []


@pytest.mark.parametrize("traffic", [QUIET, REFERENCE])
@pytest.mark.parametrize("phase", [1, 3, 4])
def test_recipients_are_told_the_same_once(traffic: tuple[str, float | None], phase: int) -> None:
    one, other = ran(*traffic, 0), ran(*traffic, phase)
    assert one.notices
    assert [bodies for bodies in one.notices.values() if len(bodies) > 1] == []
    assert other.notices == one.notices


@pytest.mark.parametrize("traffic", [QUIET, REFERENCE])
@pytest.mark.parametrize("phase", [1, 3, 4])
def test_the_same_money_moves(traffic: tuple[str, float | None], phase: int) -> None:
    assert ran(*traffic, 0).movements
    assert money_differences(ran(*traffic, 0), ran(*traffic, phase)) == []


@pytest.mark.parametrize("phase", [1, 3, 4])
def test_the_same_is_said_byte_by_byte_on_a_quiet_day_with_still_prices(phase: int) -> None:
    assert [r.bodies for r in ran(*QUIET, phase).responses] == [r.bodies for r in ran(*QUIET, 0).responses]


@pytest.mark.parametrize("phase", [1, 3, 4])
def test_the_same_is_said_on_a_busy_day_with_still_prices(phase: int) -> None:
    one, other = ran(*REFERENCE, 0), ran(*REFERENCE, phase)
    assert differences(one, other) == []
    assert loosely_equal(one, other) <= len(one.responses) * 0.05


@pytest.mark.parametrize("traffic", [QUIET, REFERENCE])
@pytest.mark.parametrize("phase", [1, 3, 4])
def test_the_same_is_said_and_paid_but_for_figures_while_prices_move(
    traffic: tuple[str, float | None], phase: int
) -> None:
    one, other = ran(*traffic, 0, moving=True), ran(*traffic, phase, moving=True)
    assert differences(one, other, moving_prices=True) == []
    assert money_differences(one, other) == []


def tampered(run: VirtualRun, intent: str, change: Callable[[dict[str, Any]], object]) -> VirtualRun:
    """The run as it would be if its first reply to such a message, with buttons where there are any, were different."""
    responses = list(run.responses)
    places = [number for number, response in enumerate(responses) if response.intent == intent]
    place = next((n for n in places if "interactive" in responses[n].bodies[0]), places[0])
    bodies = msgspec.json.decode(msgspec.json.encode(responses[place].bodies))
    change(bodies[0])
    responses[place] = msgspec.structs.replace(responses[place], bodies=bodies)
    return msgspec.structs.replace(run, responses=responses)


def reworded(body: dict[str, Any]) -> None:
    body["text"]["body"] = body["text"]["body"].replace("Your balance", "The balance")


def another_amount(body: dict[str, Any]) -> None:
    body["interactive"]["body"]["text"] = body["interactive"]["body"]["text"].replace("$", "$1")


def another_button(body: dict[str, Any]) -> None:
    body["interactive"]["action"]["buttons"][0]["reply"]["id"] += "0"


@pytest.mark.parametrize(
    ("intent", "change"),
    [
        ("balance", reworded),
        ("send", another_amount),
        ("send", another_button),
        ("price", lambda body: body["text"].update(body="$93,585.64")),
        ("help", lambda body: body.update(to="18763000999")),
    ],
)
def test_a_reply_that_differs_is_seen(intent: str, change: Callable[[dict[str, Any]], object]) -> None:
    run = ran(*QUIET, 0)
    found = differences(run, tampered(run, intent, change))
    assert [line.partition(" ")[0] for line in found] == [intent]


@pytest.mark.parametrize(
    ("intent", "change"), [("balance", reworded), ("send", another_button), ("help", lambda body: body.clear())]
)
def test_moving_prices_do_not_hide_wording_or_buttons(intent: str, change: Callable[[dict[str, Any]], object]) -> None:
    run = ran(*QUIET, 0)
    assert len(differences(run, tampered(run, intent, change), moving_prices=True)) == 1


def test_an_invoice_that_pays_somebody_else_is_seen() -> None:
    run = ran(*QUIET, 0)
    invoices = [r for r in run.responses if r.intent == "receive"]
    assert len(invoices) > 1
    swapped = [
        msgspec.structs.replace(invoices[0], bodies=invoices[1].bodies) if r is invoices[0] else r
        for r in run.responses
    ]
    assert len(differences(run, msgspec.structs.replace(run, responses=swapped))) == 1


def test_a_message_without_an_answer_is_seen() -> None:
    run = ran(*QUIET, 0)
    silent = [msgspec.structs.replace(run.responses[0], response_ms=None, bodies=[]), *run.responses[1:]]
    assert len(differences(run, msgspec.structs.replace(run, responses=silent))) == 1


def test_a_second_payment_is_seen_and_another_order_is_not() -> None:
    run = ran(*QUIET, 0)
    twice = msgspec.structs.replace(run, movements=[*run.movements, run.movements[0]])
    backwards = msgspec.structs.replace(run, movements=run.movements[::-1])
    assert money_differences(run, twice) == money_differences(twice, run) == [run.movements[0]]
    assert money_differences(run, backwards) == []
