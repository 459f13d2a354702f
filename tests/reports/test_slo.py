"""The grammar of limits, and samples held against them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.slo import Limit, SloError, judge, parse_slo, shown
from reports.stats import percentile


def held(text: str, times: list[float | None]) -> bool:
    return judge(parse_slo(text), times).held


@pytest.mark.parametrize(
    ("text", "kind", "bound", "percent"),
    [
        ("p99<2s", "percentile", 2_000.0, 99.0),
        ("P99.9 < 0.5s", "percentile", 500.0, 99.9),
        ("p50<=80ms", "percentile", 80.0, 50.0),
        ("mean<200ms", "mean", 200.0, 0.0),
        ("max<1m", "max", 60_000.0, 0.0),
        ("p90<900us", "percentile", 0.9, 90.0),
        ("errors<0.1%", "errors", 0.001, 0.0),
        ("errors<=0%", "errors", 0.0, 0.0),
    ],
)
def test_a_limit_is_read(text: str, kind: str, bound: float, percent: float) -> None:
    [limit] = parse_slo(text)
    assert (limit.kind, limit.percent, limit.inclusive, limit.text) == (kind, percent, "<=" in text, text)
    assert limit.bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("p99<2s,", "empty"),
        ("p99", "no <"),
        ("p99>2s", "upper"),
        ("p99<2", "unit"),
        ("p99<-2s", "below 0"),
        ("p99<2%", "errors are limited in %"),
        ("errors<5ms", "errors are limited in %"),
        ("errors<101%", "no more errors"),
        ("p100<2s", "max"),
        ("p0<2s", "percentile"),
        ("p<2s", "no figure p;"),
        ("p1.2.3<2s", "no figure"),
        ("median<2s", "no figure median"),
        ("p(99)<2s", "unit"),
        ("<2s", "names no figure"),
        ("p99<2s,p99<3s", "twice"),
        (",".join(["p99<2s"] * 21), "at most 20"),
        ("p99<nans", "unit"),
    ],
)
def test_what_is_no_limit_is_shown_with_how_one_looks(text: str, why: str) -> None:
    with pytest.raises(SloError, match=re.escape(why)) as raised:
        parse_slo(text)
    assert "p99<2s" in raised.value.next_step


@pytest.mark.parametrize(
    ("text", "times", "holds"),
    [
        ("p50<2ms", [1.0, 1.0, 9.0], True),
        ("p50<1ms", [1.0, 1.0, 9.0], False),
        ("p50<=1ms", [1.0, 1.0, 9.0], True),
        ("max<9ms", [1.0, 9.0], False),
        ("mean<5ms", [1.0, 8.0], True),
        ("mean<5ms", [1.0, None], False),
        ("p50<2ms", [1.0, None], True),
        ("p90<1m", [1.0, None], False),
        ("errors<50%", [1.0, None], False),
        ("errors<=50%", [1.0, None], True),
        ("errors<0.1%,p50<1s", [1.0, None], False),
        ("errors<=0%", [1.0], True),
    ],
)
def test_samples_are_held_against_limits(text: str, times: list[float | None], holds: bool) -> None:
    assert held(text, times) == holds


def test_an_outcome_names_what_was_crossed() -> None:
    outcome = judge(parse_slo("p50<2ms,max<3ms,errors<1%"), [1.0, 1.0, None])
    assert [one.limit.kind for one in outcome.crossed] == ["max", "errors"]
    assert [shown(one.limit, one.value) for one in outcome.judged] == ["1.0 ms", "never answered", "33.3 %"]


def test_nothing_measured_never_passes() -> None:
    with pytest.raises(ValueError, match="no messages"):
        judge(parse_slo("p99<2s"), [])


@pytest.mark.parametrize(
    ("text", "enough"),
    [("p99<2s", 100), ("p99.9<2s", 1_000), ("p50<2s", 2), ("errors<0.1%", 1_000), ("errors<=0%", 1), ("mean<1s", 1)],
)
def test_a_limit_knows_how_many_messages_it_takes(text: str, enough: int) -> None:
    [limit] = parse_slo(text)
    assert limit.enough == enough


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=60), st.integers(1, 99))
def test_a_value_is_the_percentile_with_the_unanswered_last(times: list[float | None], percent: int) -> None:
    [judged] = judge(parse_slo(f"p{percent}<1s"), times).judged
    assert judged.value == percentile(sorted(math.inf if one is None else one for one in times), percent)
    assert judged.held == (judged.value < 1_000)


@given(st.text(max_size=30))
def test_any_text_is_limits_or_an_error(text: str) -> None:
    try:
        limits = parse_slo(text)
    except SloError:
        return
    assert all(isinstance(one, Limit) for one in limits)
