"""statement and history all: how they are said, and what is promised."""

from datetime import UTC, datetime

import pytest

from service.commands.parsing import parse
from service.core.commands import CommandType, Parsed
from service.core.errors import UpstreamUnavailable
from service.core.results import Problem, StatementPromised, Trouble
from tests.commands.fakes import NOW_S
from tests.commands.kit import World

STATEMENT = CommandType.STATEMENT
BEGIN_S = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
END_S = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("statement", {}),
        ("my statement please", {}),
        ("show me my statement", {}),
        ("statement csv", {"format": "csv"}),
        ("statement pdf", {"format": "pdf"}),
        ("statement pdf march", {"format": "pdf", "month": "03"}),
        ("statement march pdf", {"format": "pdf", "month": "03"}),
        ("Statement for March 2026", {"month": "2026-03"}),
        ("statement 2026 march", {"month": "2026-03"}),
        ("statement 2026-03", {"month": "2026-03"}),
        ("statement 2026/3", {"month": "2026-03"}),
        ("statement 2026-13", {"month": "2026-13"}),
        ("statement last month", {"month": "last"}),
        ("statement of the previous month", {"month": "last"}),
        ("statement this month", {"month": "this"}),
        ("statement sept", {"month": "09"}),
        ("statment may", {"month": "05"}),
        ("statement all", {"month": "all"}),
        ("history all", {"month": "all"}),
        ("transactions all pdf", {"format": "pdf", "month": "all"}),
        ("history everything csv", {"format": "csv", "month": "all"}),
    ],
)
def test_a_statement_is_asked_for_by_format_and_month_in_any_order(text: str, args: dict[str, str]) -> None:
    assert parse(text) == Parsed(STATEMENT, args)


@pytest.mark.parametrize(
    "text", ["statement of intent", "statement foo", "statement csv pdf", "statement 26-3", "history march"]
)
def test_other_words_are_no_statement(text: str) -> None:
    assert parse(text).type is not STATEMENT


def test_a_question_about_statements_gets_help() -> None:
    assert parse("how do i get a statement?").type is CommandType.HELP


def test_the_file_is_promised_and_nothing_is_read_but_whose_wallet_it_is() -> None:
    world = World()
    result = world.ask(STATEMENT, {"month": "2026-02", "format": "pdf"}, sent_at_s=END_S + 5)
    assert result == StatementPromised("pdf", "ann", "acc_ann", "wallet_ann", BEGIN_S, END_S, "2026-02")
    assert world.flash.asked == ["profile"]


def test_without_a_format_and_a_month_it_is_this_month_as_csv() -> None:
    result = World().ask(STATEMENT)
    assert isinstance(result, StatementPromised)
    now = datetime.fromtimestamp(NOW_S, UTC)
    assert (result.kind, result.period, result.end_s) == ("csv", f"{now:%Y-%m}", int(NOW_S) + 1)


def test_the_period_ends_when_the_message_was_sent_however_late_it_is_handled() -> None:
    result = World().ask(STATEMENT, {"month": "all"}, sent_at_s=NOW_S - 500)
    assert isinstance(result, StatementPromised)
    assert (result.begin_s, result.end_s) == (0, int(NOW_S) - 499)


def test_a_month_that_is_none_is_explained() -> None:
    world = World()
    assert world.ask(STATEMENT, {"month": "2026-13"}) == Problem("month-unknown", {"month": "2026-13"})
    assert world.flash.asked == []


def test_a_statement_is_for_linked_users() -> None:
    assert World().ask(STATEMENT, user="zoe") == Problem("not-linked")


def test_a_statement_is_not_promised_while_flash_does_not_say_whose_wallet_it_is() -> None:
    world = World()
    world.flash.error = UpstreamUnavailable("me", "no answer")
    assert world.ask(STATEMENT) == Trouble("flash-unavailable")
