"""The store of kept runs."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from reports.history.entries import Entry, HistoryError, Point
from reports.history.kinds import Kept, Kind, facts_of
from reports.history.packing import pack, unpack
from reports.history.refs import ADVICE, ByCommit, ById, FromLast, parse_ref
from reports.history.schema import MEMORY, connect, transaction
from reports.load import LoadRun
from reports.model import Run

__all__ = ["RAW_BYTES", "RUNS", "History"]

_T = TypeVar("_T")

RAW_BYTES = 256_000_000
"""How many bytes of compressed raw samples are kept: those of the oldest runs go first, the last run's never."""

RUNS = 20_000
"""How many runs are kept: beyond that the oldest are forgotten."""

_ENTRY = """SELECT r.id, kind, commit_id AS "commit", started_at, workload, digest, seed, messages, minutes, clock,
    kind <> 'bench' OR EXISTS (SELECT 1 FROM raw WHERE raw.run = r.id) AS has_samples,
    (SELECT json_group_array(name) FROM (SELECT name FROM arms WHERE run = r.id ORDER BY position)) AS arms,
    (SELECT figures FROM arms WHERE run = r.id AND (:arm IS NULL OR name = :arm) ORDER BY position DESC LIMIT 1)
        AS figures
    FROM runs r"""

_POINT = """SELECT run, json_extract(figures, :path) AS value, commit_id AS "commit", started_at, workload, digest,
    clock, python, processor, name AS arm, switches
    FROM arms JOIN runs ON runs.id = run
    WHERE value IS NOT NULL AND (:arm IS NULL OR name = :arm) AND (:workload IS NULL OR workload = :workload)
    AND (:kind IS NULL OR kind = :kind)
    AND (:arm IS NOT NULL OR position = (SELECT max(position) FROM arms a WHERE a.run = arms.run))
    ORDER BY run DESC LIMIT :limit"""


class History:
    """Kept runs; to be used in a `with`, or closed by `close`. Every method raises HistoryError."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, raw_bytes: int, runs: int) -> None:
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._path = path
        self._raw_bytes = raw_bytes
        self._runs = runs

    @classmethod
    def open(cls, path: Path, *, make: bool = True, raw_bytes: int = RAW_BYTES, runs: int = RUNS) -> Self:
        """The history in a file, made where there was none; without `make` an empty one that leaves no file.

        Beyond `raw_bytes` of raw samples those of the oldest runs are dropped, and beyond `runs` whole runs.
        """
        return cls(connect(path if make or path.exists() else MEMORY), path, raw_bytes=raw_bytes, runs=runs)

    def close(self) -> None:
        """Nothing can be done with it any more."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, run: Kept) -> int:
        """Keeps a run and gives its number."""
        body, raw = pack(run)
        with self._doing("keep the run in"), transaction(self._connection):
            number = self._insert(run, body)
            if raw is not None:
                self._connection.execute("INSERT INTO raw VALUES (?, ?, ?)", (number, len(raw), raw))
            self._forget(number)
        return number

    def get(self, ref: str | int) -> Run:
        """The run of a bench that `ref` names, as for `kept`."""
        number = self.number_of(ref)
        run = self.kept(number)
        if not isinstance(run, Run):
            what = "a load run" if isinstance(run, LoadRun) else "a search for a capacity"
            advice = "`pulse runs show` and `pulse report` show it"
            raise HistoryError(
                f"cannot take run {number} here", f"it is {what}, and not a run of `pulse bench`", advice
            )
        return run

    def kept(self, ref: str | int) -> Kept:
        """The run that `ref` names: 12, "12", "@last", "@last-1", or the beginning of its commit.

        One of a bench has its samples and timelines as long as they are kept. Raises RunError, too, for one of
        another schema.
        """
        number = self.number_of(ref)
        with self._doing("read"):
            row = self._one(
                "SELECT kind, runs.body, raw.body AS bulk FROM runs LEFT JOIN raw ON run = id WHERE id = ?", number
            )
        if row is None:
            raise HistoryError(f"no run {number}", "it was removed just now", ADVICE)
        return unpack(row["kind"], row["body"], row["bulk"], f"run {number}")

    def entries(
        self,
        *,
        arm: str | None = None,
        workload: str | None = None,
        commit: str | None = None,
        kind: Kind | None = None,
        limit: int = 50,
    ) -> tuple[Entry, ...]:
        """The last `limit` runs, newest first: with an arm of that name, a workload, a commit's beginning, a kind."""
        where = """WHERE (:workload IS NULL OR workload = :workload)
            AND (:commit IS NULL OR substr(commit_id, 1, length(:commit)) = :commit)
            AND (:kind IS NULL OR kind = :kind)
            AND (:arm IS NULL OR id IN (SELECT run FROM arms WHERE name = :arm))"""
        asked = {"arm": arm, "workload": workload, "commit": commit, "kind": kind, "limit": limit}
        with self._doing("read"):
            found = self._connection.execute(f"{_ENTRY} {where} ORDER BY id DESC LIMIT :limit", asked).fetchall()
        return tuple(_entry(row) for row in found)

    def rows(
        self,
        metric: str,
        arm: str | None = None,
        workload: str | None = None,
        *,
        kind: Kind | None = None,
        limit: int = 1000,
    ) -> tuple[Point, ...]:
        """The last `limit` values of a figure, oldest first: of the arm of that name, or of each run's last arm.

        `metric` is a key of `reports.measures.figures_of`. Runs that do not have the figure are left out. Points of
        different traces or clocks stand beside each other: `comparable` picks those that belong together.
        """
        if '"' in metric:
            return ()
        asked = {"path": f'$."{metric}"', "arm": arm, "workload": workload, "kind": kind, "limit": limit}
        with self._doing("read"):
            found = self._connection.execute(_POINT, asked).fetchall()
        return tuple(_point(row) for row in reversed(found))

    def remove(self, ref: str | int) -> int:
        """Forgets a run for good, and gives its number."""
        number = self.number_of(ref)
        with self._doing("remove a run from"), transaction(self._connection):
            self._connection.execute("DELETE FROM runs WHERE id = ?", (number,))
        return number

    def number_of(self, ref: str | int) -> int:
        """The number of the run that `ref` names."""
        with self._doing("read"):
            match parse_ref(str(ref)):
                case FromLast(back):
                    row = self._one("SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?", back)
                case ByCommit(prefix):
                    row = self._of_commit(prefix)
                case ById(number, commit):
                    row = self._one("SELECT id FROM runs WHERE id = ?", number)
                    row = self._of_commit(commit) if row is None and commit else row
        if row is None:
            count = self._one("SELECT count(*) AS runs FROM runs")
            why = f"{self._path} has {count['runs'] if count else 0} runs, and not this one"
            raise HistoryError(f"no run {ref}", why, ADVICE)
        return int(row["id"])

    def _of_commit(self, prefix: str) -> sqlite3.Row | None:
        """The last run of a commit, of one without changes if it has any such."""
        begin = prefix.removesuffix("+")
        sql = "SELECT id, commit_id FROM runs WHERE substr(commit_id, 1, length(?)) = ? ORDER BY id DESC"
        found = self._connection.execute(sql, (begin, begin)).fetchall()
        commits = sorted({row["commit_id"].removesuffix("+") for row in found})
        if len(commits) > 1:
            raise HistoryError(f"no run {prefix}", f"it may be any of {', '.join(commits)}", "give more digits")
        changed = [row for row in found if row["commit_id"].endswith("+")]
        clean = [row for row in found if not row["commit_id"].endswith("+")]
        wanted = changed if prefix.endswith("+") else [*clean, *changed]
        return wanted[0] if wanted else None

    def _insert(self, run: Kept, body: bytes) -> int:
        facts = facts_of(run)
        conditions = facts.conditions
        values = (
            conditions.commit,
            conditions.started_at,
            facts.workload,
            facts.digest,
            facts.seed,
            facts.messages,
            facts.minutes,
            conditions.clock,
            conditions.python,
            conditions.processor,
            body,
            facts.kind,
        )
        marks = ", ".join("?" * len(values))
        number = self._connection.execute(f"INSERT INTO runs VALUES (NULL, {marks})", values).lastrowid  # noqa: S608 - our own words
        for position, (name, switches, found) in enumerate(facts.arms):
            figures = msgspec.json.encode(found).decode()
            row = (number, position, name, " ".join(switches), figures)
            self._connection.execute("INSERT INTO arms VALUES (?, ?, ?, ?, ?)", row)
        return int(number or 0)

    def _forget(self, last: int) -> None:
        """Keeps to the bounds; what is dropped is the oldest, and never of the last run."""
        self._connection.execute(
            "DELETE FROM runs WHERE id <= (SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?)", (self._runs,)
        )
        self._connection.execute(
            """DELETE FROM raw WHERE run <> ? AND run IN (SELECT run FROM
                (SELECT run, sum(size) OVER (ORDER BY run DESC) AS so_far FROM raw) WHERE so_far > ?)""",
            (last, self._raw_bytes),
        )

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            raise HistoryError(
                f"cannot {what} {self._path}", str(error), "check the file, or set PULSE_HOME"
            ) from error


def _entry(row: sqlite3.Row) -> Entry:
    return _typed(Entry, row, {"arms": msgspec.json.decode, "figures": msgspec.json.decode, "has_samples": bool})


def _point(row: sqlite3.Row) -> Point:
    return _typed(Point, row, {"switches": str.split, "value": float})


def _typed(kind: type[_T], row: sqlite3.Row, readers: dict[str, Callable[[Any], object]]) -> _T:
    facts = {name: readers[name](row[name]) if name in readers else row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over its values
    return msgspec.convert(facts, type=kind)
