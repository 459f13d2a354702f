"""Commits checked out beside the work tree: kept for the next gate, bounded in number, whole or not there at all."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from profiles.gating.repository import Repository, short

__all__ = ["KEPT", "checked_out"]

KEPT = 4
"""How many worktrees are kept; when there are more, the one that was used longest ago goes."""


@contextmanager
def checked_out(repository: Repository, commit: str) -> Iterator[Path]:
    """The folder of a commit, in use until the end of the block: nobody removes it meanwhile.

    A folder counts only together with the file that is written once git was done with it; one that a crash has left
    half made is made again. Raises CannotMeasure.
    """
    place = repository.place / "worktrees"
    place.mkdir(exist_ok=True)
    folder, ready = place / short(commit), place / f"{short(commit)}.ready"
    with _locked(place / "lock", fcntl.LOCK_EX):
        if not (ready.exists() and folder.is_dir() and _is_clean(folder, commit)):
            _make(repository, folder, ready, commit)
        ready.touch()
        in_use = _lock(ready, fcntl.LOCK_SH)
        _bound(repository, place)
    try:
        yield folder
    finally:
        in_use.close()


def _is_clean(folder: Path, commit: str) -> bool:
    """Whether it still is what was checked out; somebody may have looked around in it, and changed something."""
    tree = Repository(folder)
    return (folder / ".git").is_file() and tree.commit("HEAD") == commit and not tree.is_changed


def _make(repository: Repository, folder: Path, ready: Path, commit: str) -> None:
    _remove(repository, folder, ready)
    repository.git("worktree", "add", "--quiet", "--force", "--detach", str(folder), commit)
    ready.touch()


def _remove(repository: Repository, folder: Path, ready: Path) -> None:
    ready.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    repository.git("worktree", "prune")


def _bound(repository: Repository, place: Path) -> None:
    """Removes the oldest of those that nobody uses, and what a crash has left."""
    marks = sorted(place.glob("*.ready"), key=lambda mark: mark.stat().st_mtime, reverse=True)
    for folder in place.iterdir():
        if folder.is_dir() and not folder.with_suffix(".ready").exists():
            _remove(repository, folder, folder.with_suffix(".ready"))
    for mark in marks[KEPT:]:
        try:
            lock = _lock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        with lock:
            _remove(repository, mark.with_suffix(""), mark)


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    with _lock(file, how):
        yield


def _lock(file: Path, how: int) -> IO[str]:
    """Gone when the file is closed, or the process dead."""
    handle = file.open("a", encoding="utf-8")
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        handle.close()
        raise
    return handle
