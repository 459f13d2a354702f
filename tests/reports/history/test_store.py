"""The store of kept runs."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from reports.history import History, HistoryError
from reports.history.schema import MIGRATIONS
from reports.model import RunError
from tests.reports.history.kit import arm_of, run_of


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / ".pulse" / "runs.sqlite3"


@pytest.fixture
def history(place: Path) -> Iterator[History]:
    with History.open(place) as opened:
        yield opened


def test_a_run_comes_back_as_it_was_with_every_sample(history: History) -> None:
    run = run_of()
    assert history.get(history.add(run)) == run


def test_a_run_without_samples_comes_back_too(history: History) -> None:
    run = run_of(arm_of(samples=0))
    assert history.get(history.add(run)) == run


def test_a_run_is_there_for_the_next_process(place: Path) -> None:
    with History.open(place) as first:
        number = first.add(run_of())
    with History.open(place) as second:
        assert second.get(number) == run_of()


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("1", 1),
        ("#2", 2),
        ("@last", 4),
        ("@last-1", 3),
        ("aaaa", 1),
        ("aaaa1", 1),
        ("AAAA1", 1),
        ("aaaa1+", 2),
        ("bbbb", 3),
        ("1234567", 4),
    ],
)
def test_a_run_is_named_by_number_by_age_or_by_commit(history: History, ref: str, number: int) -> None:
    """Of a commit the last run without changes in the work tree is meant, unless there is none."""
    for commit in ("aaaa11112222", "aaaa11112222+", "bbbb11112222+", "123456789012"):
        history.add(run_of(commit=commit))
    assert history.number_of(ref) == number


def test_the_beginning_of_two_commits_names_neither(history: History) -> None:
    for commit in ("abcd1111", "abcd2222"):
        history.add(run_of(commit=commit))
    with pytest.raises(HistoryError, match=r"no run abcd: it may be any of abcd1111, abcd2222; give more digits"):
        history.get("abcd")


@pytest.mark.parametrize("ref", ["7", "@last-5", "ffff", "12345678901234567890", "@last-999999999"])
def test_a_run_that_is_not_there_is_named(history: History, ref: str) -> None:
    history.add(run_of())
    with pytest.raises(HistoryError, match=rf"no run {ref}: .* has 1 runs, and not this one; `pulse runs list`"):
        history.get(ref)


@pytest.mark.parametrize("ref", ["", "last", "@first", "-1", "abc", "1;2", "%"])
def test_what_names_no_run_is_refused(history: History, ref: str) -> None:
    with pytest.raises(HistoryError, match="name a run by its number, as @last"):
        history.get(ref)


def test_the_newest_runs_are_listed_first_with_their_figures(history: History) -> None:
    history.add(run_of())
    history.add(run_of(arm_of("phase-3", 300.0, samples=0)))
    newer, older = history.entries()
    assert (newer.id, newer.arms, newer.figures["response_ms_mean"], newer.has_samples) == (2, ("phase-3",), 300, False)
    assert (older.id, older.arms, older.commit, older.has_samples) == (1, ("phase-0", "phase-6"), "827027b01234", True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"workload": "spike"}, [2]),
        ({"arm": "phase-3"}, [3]),
        ({"commit": "aaaa"}, [2]),
        ({"commit": "%"}, []),
        ({"limit": 2}, [3, 2]),
        ({"arm": "phase-6", "limit": 1}, [2]),
    ],
)
def test_runs_are_listed_by_workload_arm_and_commit(
    history: History, asked: dict[str, str | int], found: list[int]
) -> None:
    history.add(run_of())
    history.add(run_of(workload="spike", commit="aaaa1111"))
    history.add(run_of(arm_of("phase-3")))
    assert [entry.id for entry in history.entries(**asked)] == found  # type: ignore[arg-type]  # options by name


def test_a_figure_over_the_runs_is_in_their_order(history: History) -> None:
    for mean_ms in (500.0, 400.0, 300.0):
        history.add(run_of(arm_of("phase-0"), arm_of("phase-6", mean_ms)))
    points = history.rows("response_ms_mean")
    assert [(point.run, point.value, point.arm) for point in points] == [
        (1, 500.0, "phase-6"),
        (2, 400.0, "phase-6"),
        (3, 300.0, "phase-6"),
    ]
    assert points[0].switches == ("1.1", "3.2")
    assert [point.value for point in history.rows("response_ms_mean", limit=2)] == [400.0, 300.0]


def test_a_figure_is_of_the_arm_and_workload_that_was_asked_for(history: History) -> None:
    history.add(run_of(arm_of("phase-0", 500.0), arm_of("phase-6", 300.0)))
    history.add(run_of(arm_of("phase-0", 510.0), workload="spike"))
    assert [point.value for point in history.rows("response_ms_mean", "phase-0")] == [500.0, 510.0]
    assert [point.value for point in history.rows("response_ms_mean", "phase-0", "spike")] == [510.0]


@pytest.mark.parametrize("metric", ["rss_mb_peak", "no_such", 'x"y', ""])
def test_a_figure_that_no_run_has_is_an_empty_series(history: History, metric: str) -> None:
    history.add(run_of())
    assert history.rows(metric) == ()


def test_counters_and_commands_are_figures_as_well(history: History) -> None:
    history.add(run_of())
    assert [point.value for point in history.rows("answered")] == [3.0]


def test_a_removed_run_is_gone_and_its_number_is_not_given_again(history: History) -> None:
    history.add(run_of())
    assert history.remove("@last") == 1
    assert history.entries() == ()
    assert history.add(run_of()) == 2


def test_beyond_the_limit_the_oldest_samples_are_dropped_and_their_figures_stay(place: Path) -> None:
    with History.open(place, raw_bytes=1) as history:
        first, last = history.add(run_of()), history.add(run_of())
        assert history.get(first) == run_of(arm_of("phase-0", samples=0), arm_of(samples=0))
        assert history.get(last) == run_of()
        assert len(history.rows("response_ms_mean")) == 2


def test_samples_within_the_limit_are_all_kept(place: Path) -> None:
    with History.open(place) as history:
        history.add(run_of())
        history.add(run_of())
        assert all(entry.has_samples for entry in history.entries())


def test_beyond_the_limit_the_oldest_runs_are_forgotten(place: Path) -> None:
    with History.open(place, runs=2) as history:
        for _ in range(4):
            history.add(run_of())
        assert [entry.id for entry in history.entries()] == [4, 3]
        assert len(history.rows("response_ms_mean")) == 2


def test_a_file_that_is_no_history_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("nothing of the kind, but long enough to be looked at by a database " * 20)
    with pytest.raises(HistoryError, match=r"cannot open .*runs: file is not a database; move it away"):
        History.open(tmp_path / "runs")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match=r"cannot open .*; set PULSE_HOME to a folder"):
        History.open(tmp_path / "file" / "runs")


def test_a_history_of_a_later_version_is_left_alone(place: Path, history: History) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(HistoryError, match="use a later version of pulse"):
        History.open(place)


def test_a_damaged_run_is_named(place: Path, history: History) -> None:
    number = history.add(run_of())
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE runs SET body = x'00'")
    connection.close()
    with pytest.raises(RunError, match=r"cannot read run 1: .*; measure it again"):
        history.get(number)


def keep_some(place: Path) -> list[int]:
    with History.open(place) as history:
        return [history.add(run_of()) for _ in range(20)]


@pytest.mark.real
def test_two_processes_may_keep_runs_at_once(place: Path) -> None:
    """From the very beginning, when there is no file yet."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        numbers = [number for found in pool.map(keep_some, [place, place]) for number in found]
    assert sorted(numbers) == list(range(1, 41))
    with History.open(place) as history:
        assert len(history.entries(limit=100)) == 40
