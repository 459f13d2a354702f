"""The tables of a history, as the steps from each version of them to the next."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.history.entries import HistoryError

__all__ = ["MEMORY", "MIGRATIONS", "connect", "transaction"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, so that an id in a note stays true
            commit_id TEXT NOT NULL,
            started_at TEXT NOT NULL,
            workload TEXT NOT NULL,
            digest TEXT NOT NULL,
            seed INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            minutes REAL,
            clock TEXT NOT NULL,
            python TEXT NOT NULL,
            processor TEXT NOT NULL,
            body BLOB NOT NULL -- the run as JSON without its raw samples, by zlib
        )""",
        "CREATE INDEX runs_by_commit ON runs (commit_id)",
        """CREATE TABLE arms (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            position INTEGER NOT NULL, -- the last one is what the run was made for
            name TEXT NOT NULL,
            switches TEXT NOT NULL,
            figures TEXT NOT NULL, -- JSON: unscaled values by their keys
            PRIMARY KEY (run, position)
        ) WITHOUT ROWID""",
        "CREATE INDEX arms_by_name ON arms (name)",
        """CREATE TABLE raw (
            run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
            size INTEGER NOT NULL, -- of the body, in bytes: a sum of these reads no body
            body BLOB NOT NULL -- samples and timelines of all arms as MessagePack, by zlib
        )""",
    ),
    ("ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'bench'",),
)
"""Statements that lead to version 1, 2 and so on. A released step is never changed: add another one."""

MEMORY = Path(":memory:")
"""A history that is gone when it is closed."""

_BUSY_S = 20.0


def connect(path: Path) -> sqlite3.Connection:
    """An open history of the latest version, made where there was none; transactions are left to the caller.

    Raises:
        HistoryError: it cannot be opened, is no history, or was made by a later version of this program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise HistoryError(
            f"cannot open {path}", str(error), "set PULSE_HOME to a folder that can be written"
        ) from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")  # readers and a writer do not wait for each other
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise HistoryError(f"cannot open {path}", str(error), "move it away, or set PULSE_HOME") from error
    except HistoryError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is done inside, or nothing; waits for another process that is writing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with transaction(connection):
        version = _version(connection)  # another process may have been first
        if version > len(MIGRATIONS):
            why = f"it has version {version}, and this program knows {len(MIGRATIONS)}"
            raise HistoryError(f"cannot open {path}", why, "use a later version of pulse, or set PULSE_HOME")
        for statement in (statement for step in MIGRATIONS[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
