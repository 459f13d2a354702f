"""Commits beside the work tree: found, checked out, kept, bounded, and mended after a crash."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from profiles.gating.checkouts import checkout_of, project, work_tree
from profiles.gating.environments import environment_of
from profiles.gating.errors import CannotMeasure, UnknownRef
from profiles.gating.repository import Repository, find_repository
from profiles.gating.worktrees import KEPT, checked_out
from tests.profiles.gate_kit import PYPROJECT, commit, git, new_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = new_repository(tmp_path / "project")
    commit(found, "first", {"pyproject.toml": PYPROJECT, "pulse_cli/main.py": "", "code.py": "one = 1\n"})
    return found


def test_an_unknown_ref_says_what_to_do(repository: Repository) -> None:
    with pytest.raises(UnknownRef, match=r"no commit 'origin/main' .* git fetch origin"):
        repository.commit("origin/main")


def test_an_unknown_ref_of_a_shallow_clone_says_so(repository: Repository, tmp_path: Path) -> None:
    commit(repository, "second", {"code.py": "two = 2\n"})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository.root}", "shallow")
    with pytest.raises(UnknownRef, match=r"clone is shallow.*--unshallow"):
        Repository(tmp_path / "shallow").commit("HEAD^")


def test_a_ref_that_looks_like_an_option_is_no_option(repository: Repository) -> None:
    with pytest.raises(UnknownRef, match="no commit '--all'"):
        repository.commit("--all")


def test_a_folder_outside_of_any_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownRef, match="no git repository"):
        find_repository(tmp_path)


def test_another_project_is_refused(tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other")
    with pytest.raises(UnknownRef, match="no checkout of pulse"):
        project(other.root)


def test_the_work_tree_says_whether_it_is_changed(repository: Repository) -> None:
    clean = work_tree(repository)
    (repository.root / "code.py").write_text("one = 2\n")
    changed = work_tree(repository)
    assert (clean.commit + "+", "with changes" in changed.name) == (changed.commit, True)


def test_a_commit_is_checked_out_beside_the_work_tree(repository: Repository) -> None:
    first = repository.commit("HEAD")
    commit(repository, "second", {"code.py": "two = 2\n"})
    with checked_out(repository, first) as folder:
        assert (folder / "code.py").read_text() == "one = 1\n"


def test_the_worktrees_are_no_change_of_the_project(repository: Repository) -> None:
    with checked_out(repository, repository.commit("HEAD")):
        assert git(repository.root, "status", "--porcelain") == ""


def test_a_worktree_is_used_again(repository: Repository) -> None:
    head = repository.commit("HEAD")
    with checked_out(repository, head) as folder:
        made = (folder / "code.py").stat().st_ctime_ns
    with checked_out(repository, head) as again:
        assert (again / "code.py").stat().st_ctime_ns == made


@pytest.mark.parametrize("harm", ["no mark", "no folder", "changed", "added to", "no repository"])
def test_what_a_crash_has_left_is_made_anew(repository: Repository, harm: str) -> None:
    head = repository.commit("HEAD")
    with checked_out(repository, head) as folder:
        pass
    if harm == "no mark":
        folder.with_suffix(".ready").unlink()
        (folder / "code.py").unlink()
    elif harm == "no folder":
        shutil.rmtree(folder)
    elif harm == "changed":
        (folder / "code.py").write_text("garbled")
    elif harm == "added to":
        (folder / "service").mkdir()
        (folder / "service" / "new.py").touch()
    else:
        (folder / ".git").unlink()
    with checked_out(repository, head) as again:
        assert (again / "code.py").read_text() == "one = 1\n"
        assert not (again / "service").exists()


def test_the_oldest_worktrees_go(repository: Repository) -> None:
    commits = [commit(repository, f"{n}", {"code.py": f"n = {n}\n"}) for n in range(KEPT + 2)]
    for one in commits:
        with checked_out(repository, one):
            pass
    listed = git(repository.root, "worktree", "list").splitlines()
    assert len(listed) == 1 + KEPT


def test_a_worktree_in_use_stays(repository: Repository) -> None:
    first = repository.commit("HEAD")
    with checked_out(repository, first) as folder:
        for n in range(KEPT + 1):
            with checked_out(repository, commit(repository, f"{n}", {"code.py": f"n = {n}\n"})):
                pass
        assert (folder / "code.py").exists()


def test_nobody_makes_a_worktree_while_another_does(repository: Repository) -> None:
    with checked_out(repository, repository.commit("HEAD")) as folder:
        pass
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from profiles.gating.repository import Repository; from profiles.gating.worktrees import checked_out\n"
        "r = Repository(Path(sys.argv[1]))\nwith checked_out(r, r.commit('HEAD')): print('in')"
    )
    with (folder.parent / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = str(Path(__file__).parents[2])
        with subprocess.Popen(
            [sys.executable, "-c", script, str(repository.root), root], stdout=subprocess.PIPE
        ) as other:
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(0.5)
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert other.stdout is not None
            assert other.stdout.read() == b"in\n"


def test_the_same_packages_use_the_same_interpreter(tmp_path: Path) -> None:
    reordered = PYPROJECT + "# a comment\n"
    assert environment_of(reordered, PYPROJECT, tmp_path).python == sys.executable


class Maker:
    def __init__(self) -> None:
        self.made: list[list[str]] = []

    def __call__(self, folder: Path, packages: Sequence[str]) -> None:
        folder.mkdir()
        self.made.append(list(packages))


def test_other_packages_get_an_environment_once(tmp_path: Path) -> None:
    make = Maker()
    theirs = PYPROJECT.replace("a>=1", "a>=2")
    found = [environment_of(theirs, PYPROJECT, tmp_path / "environments", make) for _ in range(2)]
    assert make.made == [["a>=2"]]
    assert found[0] == found[1]
    assert found[0].python.startswith(str(tmp_path))


def test_a_pyproject_that_cannot_be_read_is_a_failure_of_the_arm(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match="no readable"):
        environment_of("[tool]", PYPROJECT, tmp_path)


def test_a_checkout_says_which_environment_it_has(repository: Repository) -> None:
    with checkout_of(repository, "main") as checkout:
        assert (checkout.python, "the same packages" in checkout.note) == (sys.executable, True)
        assert checkout.name.startswith("main (")


def test_commits_between_come_halving_first(repository: Repository) -> None:
    good = repository.commit("HEAD")
    commits = [commit(repository, f"{n}", {"code.py": f"n = {n}\n"}) for n in range(7)]
    found = list(repository.between([good], commits[-1]))
    assert set(found) == set(commits[:-1])
    assert found[0] in commits[2:4]
