"""Load runs and capacities among the kept runs."""

import math
import sqlite3
from pathlib import Path

import pytest

from reports.history import History, HistoryError, Kept
from reports.history.packing import pack
from reports.history.schema import MIGRATIONS
from reports.interop import exported
from reports.model import RunError
from tests.reports.history.kit import run_of
from tests.reports.load_kit import capacity_found, load_run

RUNS: dict[str, Kept] = {"load": load_run(), "capacity": capacity_found()}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.mark.parametrize("kind", RUNS)
def test_it_comes_back_as_it_was(place: Path, kind: str) -> None:
    """What is infinite in it, too."""
    with History.open(place) as history:
        history.add(run_of())
        assert history.kept(history.add(RUNS[kind])) == RUNS[kind]
        assert [entry.kind for entry in history.entries()] == [kind, "bench"]
        assert history.entries()[0].has_samples


def test_what_never_was_answered_is_infinite_after_all() -> None:
    assert math.isinf(load_run().windows[0].p99_ms)


def test_figures_can_be_followed(place: Path) -> None:
    with History.open(place) as history:
        for run in RUNS.values():
            history.add(run)
        found = {key: [point.value for point in history.rows(key)] for key in ("unanswered", "capacity_per_s")}
        slope = history.rows("rss_mb_per_million_messages")[0]
    assert found == {"unanswered": [1.0], "capacity_per_s": [20.0]}
    assert (slope.value, slope.arm, slope.clock) == (6.0, "phase-6", "real")


@pytest.mark.parametrize("kind", RUNS)
def test_where_a_bench_is_needed_it_is_refused(place: Path, kind: str) -> None:
    with History.open(place) as history:
        number = history.add(RUNS[kind])
        with pytest.raises(HistoryError, match=rf"cannot take run {number} here: it is a .*pulse runs show"):
            history.get(number)


def test_a_history_of_the_first_version_opens_with_all_its_runs(place: Path) -> None:
    body, _raw = pack(run_of())
    connection = sqlite3.connect(place)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    row = ("c", "t", "w", "d", 1, 1, None, "virtual", "3", "p", body)
    connection.execute(f"INSERT INTO runs VALUES (NULL, {', '.join('?' * len(row))})", row)  # noqa: S608 - our own words
    connection.execute("INSERT INTO arms VALUES (1, 0, 'phase-6', '1.1', '{}')")
    connection.execute("PRAGMA user_version=1")
    connection.commit()
    connection.close()
    with History.open(place) as history:
        assert history.get("@last").arms[-1].name == "phase-6"
        assert [(entry.kind, entry.commit) for entry in history.entries()] == [("bench", "c")]
        assert history.kept(history.add(load_run())) == load_run()


@pytest.mark.parametrize("kind", RUNS)
def test_it_is_exported_as_json_and_csv(kind: str) -> None:
    assert b'"target": "phase-6"' in exported(RUNS[kind], "json", "phase-6")
    assert b",real,phase-6," in exported(RUNS[kind], "csv")


@pytest.mark.parametrize(
    ("to", "arm", "words"), [("k6", None, "choose json or csv"), ("csv", "phase-0", "of phase-6 alone")]
)
def test_what_it_cannot_be_exported_as_is_said(to: str, arm: str | None, words: str) -> None:
    with pytest.raises(RunError, match=words):
        exported(load_run(), to, arm)
