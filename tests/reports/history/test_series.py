"""Which points may stand on one line."""

import msgspec
import pytest

from reports.history import Point, comparable, is_exact
from reports.measures import measure_named

POINT = Point(
    run=1,
    value=500.0,
    commit="aaaa",
    started_at="2026-01-05T08:00:00Z",
    workload="reference",
    digest="3fa9c2",
    clock="virtual",
    python="3.11.7",
    processor="A processor",
    arm="phase-6",
    switches=("1.1",),
)
EXACT, TIMED = measure_named("response_ms_mean"), measure_named("cpu_ms_per_message")


@pytest.mark.parametrize(
    "other",
    [{"arm": "phase-5"}, {"switches": ()}, {"digest": "other"}, {"clock": "real"}],
    ids=lambda other: next(iter(other)),
)
def test_a_point_of_another_kind_is_left_out(other: dict[str, str]) -> None:
    before = msgspec.structs.replace(POINT, **other)
    assert comparable(EXACT, [before, POINT]) == (POINT,)


@pytest.mark.parametrize(
    "machine", [{"processor": "Another"}, {"python": "3.12.1"}], ids=lambda machine: next(iter(machine))
)
def test_the_machine_matters_to_what_is_timed_alone(machine: dict[str, str]) -> None:
    before = msgspec.structs.replace(POINT, **machine)
    assert comparable(EXACT, [before, POINT]) == (before, POINT)
    assert comparable(TIMED, [before, POINT]) == (POINT,)


def test_a_later_patch_of_python_is_the_same_python() -> None:
    before = msgspec.structs.replace(POINT, python="3.11.2")
    assert comparable(TIMED, [before, POINT]) == (before, POINT)


def test_no_points_are_no_line() -> None:
    assert comparable(EXACT, []) == ()


def test_only_virtual_time_is_exact_and_never_memory_or_cpu() -> None:
    real = msgspec.structs.replace(POINT, clock="real")
    assert (is_exact(EXACT, POINT), is_exact(TIMED, POINT), is_exact(EXACT, real)) == (True, False, False)
