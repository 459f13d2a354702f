"""What the history of runs costs: keeping a run, and following a figure over a thousand of them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from reports.change_points import change_points
from reports.history import History
from reports.model import Run, Samples
from tests.reports.history.kit import arm_of, run_of

RUNS = 1000
MESSAGES = 12_000


@pytest.fixture(scope="module")
def run() -> Run:
    """Two arms of as many messages as an hour of the reference workload has."""
    dice = Random(1)
    samples = Samples(
        at_s=tuple(dice.uniform(0, 3600) for _ in range(MESSAGES)),
        commands=tuple(dice.choice(("balance", "price", "send", "help")) for _ in range(MESSAGES)),
        response_ms=tuple(dice.expovariate(1 / 300) for _ in range(MESSAGES)),
    )
    return run_of(*(msgspec.structs.replace(arm_of(name), samples=samples) for name in ("phase-0", "phase-6")))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    dice = Random(1)
    with History.open(tmp_path_factory.mktemp("history") / "runs.sqlite3") as opened:
        for number in range(RUNS):
            opened.add(run_of(arm_of("phase-0"), arm_of(mean_ms=dice.gauss(300 + 30 * (number > 700), 10))))
        yield opened


def test_keeping_a_run_of_24_thousand_samples(benchmark: BenchmarkFixture, run: Run, tmp_path: Path) -> None:
    with History.open(tmp_path / "runs.sqlite3") as empty:
        assert benchmark(empty.add, run) > 0


def test_reading_a_run_of_24_thousand_samples(benchmark: BenchmarkFixture, run: Run, tmp_path: Path) -> None:
    with History.open(tmp_path / "runs.sqlite3") as empty:
        assert benchmark(empty.get, empty.add(run)) == run


def test_a_figure_over_a_thousand_runs(benchmark: BenchmarkFixture, history: History) -> None:
    assert len(benchmark(history.rows, "response_ms_mean", "phase-6")) == RUNS


def test_a_list_of_a_thousand_runs(benchmark: BenchmarkFixture, history: History) -> None:
    assert len(benchmark(history.entries, limit=RUNS)) == RUNS


def test_change_points_of_two_hundred_runs(benchmark: BenchmarkFixture, history: History) -> None:
    values = [point.value for point in history.rows("response_ms_mean")][-400:-200]
    assert 100 in [point.index for point in benchmark(change_points, values) if point.is_confirmed]
