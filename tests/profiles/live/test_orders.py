"""What an outcome says about the generator itself."""

import math

import msgspec
import pytest

from profiles.live.orders import Outcome, with_missing

FINE = Outcome(
    start_unix_s=1_800_000_000.0,
    late_ms=(0.2, 0.4, 0.3),
    accepted_ms=(2.0, 3.0, 2.5),
    answered_ms=(40.0, None, 50.0),
    statuses={"200": 3},
    waited_s=10.0,
    cpu_s=2.0,
    clock_step_ms=0.0,
)


def test_an_outcome_of_a_generator_that_kept_up_is_not_doubted() -> None:
    assert FINE.doubts() == ()


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"late_ms": (0.2, 0.4, 12.0)}, "late: 1 % of its messages by more than 12.0 ms"),
        ({"cpu_s": 9.9}, "99% of its core"),
        ({"clock_step_ms": -20.0}, "the clock was set by -20.0 ms"),
        ({"lost_replies": 3}, "3 replies were forgotten"),
    ],
)
def test_what_spoils_the_figures_is_named(change: dict[str, object], doubt: str) -> None:
    (found,) = msgspec.structs.replace(FINE, **change).doubts()
    assert doubt in found


def test_lateness_is_of_what_was_sent() -> None:
    late = msgspec.structs.replace(FINE, late_ms=(1.0, None, 3.0)).lateness
    assert (late.p50_ms, late.p99_ms, late.max_ms) == (1.0, 3.0, 3.0)


def test_nothing_sent_is_not_late() -> None:
    assert msgspec.structs.replace(FINE, late_ms=(None,)).lateness.max_ms == 0


def test_what_never_happened_is_infinite() -> None:
    assert with_missing([3.0, None, 1.0]) == [1.0, 3.0, math.inf]
