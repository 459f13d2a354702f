"""Profiles of rates, and the times that are drawn from them."""

import itertools
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.chance import Chance
from profiles.load.rates import Profile, Stage, constant, parse_profile, schedule
from service.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "shape", "stages"),
    [
        ("constant:50/60s", "constant", [(50, 50, 60)]),
        ("50/1m", "constant", [(50, 50, 60)]),
        ("ramp:10..200/60s", "ramp", [(10, 200, 60)]),
        ("spike:20..300/90s", "spike", [(20, 20, 36), (300, 300, 18), (20, 20, 36)]),
        ("soak:5/2h", "soak", [(5, 5, 7_200)]),
        ("breakpoint:0..1000/10m", "breakpoint", [(0, 1_000, 600)]),
        ("ramp:0..10/10s, 10/2.5s", "ramp", [(0, 10, 10), (10, 10, 2.5)]),
    ],
)
def test_a_profile_is_read(text: str, shape: str, stages: list[tuple[float, float, float]]) -> None:
    profile = parse_profile(text)
    assert profile.shape == shape
    assert [(one.begin_per_s, one.end_per_s, one.seconds) for one in profile.stages] == [
        pytest.approx(stage) for stage in stages
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no profile"),
        ("fast", "constant:50/60s"),
        ("50", "is no profile"),
        ("50/60", "is no profile"),
        ("-5/60s", "is no profile"),
        ("stairs:5/60s", "there is no profile stairs"),
        ("ramp:5/60s", "two rates"),
        ("constant:5..10/60s", "one rate"),
        ("5/0s", "longer than nothing"),
        ("200000/1s", "100,000"),
        ("0/60s", "0 messages"),
        ("50000/1h", "messages"),
        ("1/25h", "longer than a day"),
        (",".join(["1/1s"] * 51), "at most 50"),
        ("50/60s,", "is no profile"),
    ],
)
def test_what_is_no_profile_is_shown_with_how_one_looks(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_profile(text)


def test_the_rate_follows_the_stages_and_is_nought_outside() -> None:
    profile = parse_profile("ramp:10..20/10s,5/10s")
    rates = [profile.rate_at(at_s) for at_s in (-1.0, 0.0, 5.0, 10.0, 19.9, 20.0)]
    assert rates == [0.0, 10.0, 15.0, 5.0, 5.0, 0.0]


def test_a_metronome_keeps_its_gaps() -> None:
    times = list(schedule(constant(4.0, 2.0), Chance("1"), cv=0.0))
    gaps = {round(after - before, 6) for before, after in itertools.pairwise(times)}
    assert (len(times), gaps) == (8, {0.25})


def test_a_ramp_sends_as_many_as_its_area_and_more_of_them_later() -> None:
    times = list(schedule(parse_profile("ramp:0..200/20s"), Chance("1")))
    assert len(times) == pytest.approx(2_000, rel=0.1)
    assert sum(at_s < 10 for at_s in times) == pytest.approx(500, rel=0.15)
    assert times == sorted(times)


def test_a_poisson_process_has_exponential_gaps() -> None:
    times = list(schedule(constant(100.0, 50.0), Chance("1")))
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert statistics.stdev(gaps) / statistics.mean(gaps) == pytest.approx(1.0, abs=0.05)


def test_a_seed_is_a_schedule() -> None:
    one, again, other = (list(schedule(constant(20.0, 5.0), Chance(seed))) for seed in ("1", "1", "2"))
    assert one == again
    assert one != other


stages = st.builds(Stage, st.floats(0, 1_000), st.floats(0.1, 1_000), st.floats(0.1, 100))


@given(st.lists(stages, min_size=1, max_size=4), st.floats(0, 0.999))
def test_when_is_the_inverse_of_how_many(parts: list[Stage], share: float) -> None:
    profile = Profile("", "ramp", tuple(parts))
    at_s = profile.when(share * profile.messages)
    assert 0 <= at_s <= profile.seconds * (1 + 1e-9)
    begin_s, came = 0.0, 0.0
    for stage in parts:
        into_s = min(max(0.0, at_s - begin_s), stage.seconds)
        slope = (stage.end_per_s - stage.begin_per_s) / stage.seconds
        came += stage.begin_per_s * into_s + slope * into_s**2 / 2
        begin_s += stage.seconds
    assert came == pytest.approx(share * profile.messages, rel=1e-6, abs=1e-6)
    assert profile.when(profile.messages * 1.001) == math.inf
