"""The two sides of a comparison: the work tree as it is, changes included, and a commit beside it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from profiles.gating.environments import environment_of
from profiles.gating.errors import UnknownRef
from profiles.gating.repository import Repository, find_repository, short
from profiles.gating.worktrees import checked_out

__all__ = ["Checkout", "branched_from", "checkout_of", "project", "work_tree"]

_KEPT_OUT = ("PULSE_", "REDIS_", "WHATSAPP_", "FLASH_", "PYTHON")


class Checkout(msgspec.Struct, frozen=True):
    """Code that can be measured: a folder, the interpreter it runs in, and what readers call it."""

    folder: Path
    python: str
    name: str
    commit: str
    note: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether the work tree differs from the commit."""
        return self.commit.endswith("+")

    @property
    def environ(self) -> dict[str, str]:
        """Variables of a process that runs this code, before any that is installed, without settings of ours."""
        own = {name: text for name, text in os.environ.items() if not name.startswith(_KEPT_OUT)}
        return own | {"PYTHONPATH": str(self.folder)}


def project(folder: Path) -> Repository:
    """The checkout of pulse that a folder is in. Raises UnknownRef where it is in none."""
    repository = find_repository(folder)
    if not (repository.root / "pulse_cli" / "main.py").is_file():
        raise UnknownRef(
            f"{repository.root} is no checkout of pulse; change to one, as it is its code that is measured"
        )
    return repository


def work_tree(repository: Repository) -> Checkout:
    """What is there now, committed or not."""
    commit = short(repository.commit("HEAD"))
    is_changed = repository.is_changed
    name = f"work tree at {commit}{' with changes' if is_changed else ''}"
    return Checkout(repository.root, sys.executable, name, commit + ("+" if is_changed else ""))


@contextmanager
def branched_from(repository: Repository, ref: str, *, tip: bool = False) -> Iterator[Checkout]:
    """What the work tree is to be compared with: the commit at which its branch left the ref, or the ref's `tip`.

    What others have added to the ref since is in neither side then, and passes for nobody's doing. Raises UnknownRef
    and CannotMeasure.
    """
    last = repository.commit(ref)
    commit = last if tip else repository.merge_base(ref)
    if commit == last:
        with checkout_of(repository, ref) as found:
            yield found
        return
    count = repository.count_between("HEAD", last)
    with checkout_of(repository, commit) as found:
        why = (
            f"compared is {short(commit)}, where this branch left {ref}: what {ref} has beyond it "
            f"({count} commit{'s' * (count > 1)}) is not this branch's doing; --tip compares with {ref} itself"
        )
        name = f"the merge base with {ref} ({short(commit)})"
        yield msgspec.structs.replace(found, name=name, note=f"{found.note}; {why}")


@contextmanager
def checkout_of(repository: Repository, ref: str) -> Iterator[Checkout]:
    """A commit in a worktree of its own, which stays for the next time. Raises UnknownRef and CannotMeasure."""
    commit = repository.commit(ref)
    with checked_out(repository, commit) as folder:
        theirs = repository.text(commit, "pyproject.toml")
        ours = (repository.root / "pyproject.toml").read_text(encoding="utf-8")
        found = environment_of(theirs, ours, repository.place / "environments")
        name = ref if commit.startswith(ref) else f"{ref} ({short(commit)})"
        yield Checkout(folder, found.python, name, short(commit), found.note)
