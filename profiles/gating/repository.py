"""The git repository of the code that is measured, asked by git's own commands."""

import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from profiles.conditions import CODE
from profiles.gating.errors import CannotMeasure, UnknownRef

__all__ = ["Repository", "find_repository", "short"]

_GIT_S = 120.0
_SHORT = 12


class Repository:
    """A work tree with its history."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> Path:
        """`.pulse`, where everything that the gate keeps is; git is told to leave it alone."""
        place = self.root / ".pulse"
        place.mkdir(exist_ok=True)
        ignore = place / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return place

    def commit(self, ref: str) -> str:
        """The full id of the commit that a ref stands for. Raises UnknownRef."""
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if done.returncode:
            advice = "fetch it first: git fetch origin"
            if self.is_shallow:
                advice = "this clone is shallow, and holds the latest commits alone: git fetch --unshallow"
            raise UnknownRef(f"no commit {ref!r} in {self.root}; {advice}")
        return done.stdout.strip()

    @property
    def is_shallow(self) -> bool:
        """Whether a part of the history is missing."""
        return self._git("rev-parse", "--is-shallow-repository").stdout.strip() == "true"

    @property
    def is_changed(self) -> bool:
        """Whether tracked files differ from the commit that is checked out, or there are new ones among the code."""
        changed = self.git("status", "--porcelain", "--untracked-files=no")
        new = self.git("ls-files", "--others", "--exclude-standard", *CODE)
        return bool(changed.strip() or new.strip())

    def subject(self, commit: str) -> str:
        """The first line of what the commit's author says about it."""
        return self.git("log", "-1", "--format=%s", commit).strip()

    def trees(self, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
        """The ids of files and folders as they are in the commit; "" for one that is not there."""
        found = (self._git("rev-parse", "--verify", "--quiet", f"{commit}:{path}") for path in paths)
        return tuple(done.stdout.strip() if done.returncode == 0 else "" for done in found)

    def text(self, commit: str, path: str) -> str:
        """What is in a file of the commit; "" where there is none."""
        done = self._git("show", f"{commit}:{path}")
        return done.stdout if done.returncode == 0 else ""

    def between(self, good: Collection[str], bad: str) -> Iterator[str]:
        """Commits that are in `bad` and in none of the good ones, without `bad`; those that halve them best first."""
        for line in self.git("rev-list", "--bisect-all", bad, *(f"^{one}" for one in good)).splitlines():
            commit = line.split(maxsplit=1)[0]
            if commit != bad:
                yield commit

    def merge_base(self, ref: str) -> str:
        """The last commit that the work tree's branch and a ref have in common. Raises UnknownRef."""
        commit = self.commit(ref)
        done = self._git("merge-base", commit, "HEAD")
        if done.returncode == 0:
            return done.stdout.strip()
        advice = "--tip compares with its last commit all the same"
        if self.is_shallow:
            advice = "this clone is shallow, and may lack it: git fetch --unshallow, or --tip for the commit itself"
        raise UnknownRef(f"HEAD and {ref} have no commit in common in {self.root}; {advice}")

    def count_between(self, early: str, late: str) -> int:
        """How many commits are in `late` and not in `early`."""
        return int(self.git("rev-list", "--count", late, f"^{early}"))

    def is_ancestor(self, early: str, late: str) -> bool:
        """Whether `late` was built upon `early`."""
        return self._git("merge-base", "--is-ancestor", early, late).returncode == 0

    def git(self, *words: str) -> str:
        """What git says. Raises CannotMeasure with its complaint."""
        done = self._git(*words)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
            raise CannotMeasure(f"git {words[0]} failed in {self.root}: {said}")
        return done.stdout

    def _git(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return _git(self.root, *words)


def find_repository(folder: Path) -> Repository:
    """The work tree that a folder is in. Raises UnknownRef where it is in none."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise UnknownRef(f"{folder} is in no git repository; run this in a checkout of pulse")
    return Repository(Path(done.stdout.strip()))


def short(commit: str) -> str:
    """Enough of an id to find the commit."""
    return commit[:_SHORT]


def _git(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Raises CannotMeasure where git is missing or hangs."""
    command = ["git", "-C", str(folder), *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S, check=False)  # noqa: S603 - git, by its name
    except FileNotFoundError:
        raise CannotMeasure(
            "there is no git on this machine; install it, as it holds the arm to compare with"
        ) from None
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"git {words[0]} did not end within {_GIT_S:g} s") from None
