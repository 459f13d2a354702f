"""What a work tree is compared with: where its branch began, or the tip of a ref; and when it counts as changed."""

from pathlib import Path

import pytest

from profiles.conditions import commit_of
from profiles.gating.checkouts import branched_from, work_tree
from profiles.gating.errors import UnknownRef
from profiles.gating.repository import Repository
from tests.profiles.gate_kit import PYPROJECT, commit, git, new_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A branch with a commit of its own; main has gone on by two since it began."""
    found = new_repository(tmp_path / "project")
    commit(found, "first", {"pyproject.toml": PYPROJECT, "pulse_cli/main.py": "", "service/code.py": "one = 1\n"})
    git(found.root, "switch", "--quiet", "--create", "feature")
    commit(found, "of the branch", {"service/code.py": "one = 2\n"})
    git(found.root, "switch", "--quiet", "main")
    for name in ("other", "another"):
        commit(found, name, {f"service/{name}.py": ""})
    git(found.root, "switch", "--quiet", "feature")
    return found


def test_compared_is_where_the_branch_began(repository: Repository) -> None:
    began = repository.commit("main~2")
    with branched_from(repository, "main") as base:
        assert (base.commit, base.name) == (began[:12], f"the merge base with main ({began[:12]})")
        assert not (base.folder / "service" / "other.py").exists()


def test_it_is_said_which_commit_was_taken_and_why(repository: Repository) -> None:
    with branched_from(repository, "main") as base:
        assert f"compared is {base.commit}, where this branch left main" in base.note
        assert "(2 commits)" in base.note
        assert "--tip" in base.note


def test_the_tip_is_compared_with_when_asked_for(repository: Repository) -> None:
    with branched_from(repository, "main", tip=True) as base:
        assert (base.commit, "where this branch left" in base.note) == (repository.commit("main")[:12], False)


def test_an_ancestor_is_its_own_merge_base(repository: Repository) -> None:
    with branched_from(repository, "HEAD^") as base:
        assert base.name.startswith("HEAD^ (")


def test_histories_without_a_common_commit_are_refused(repository: Repository) -> None:
    git(repository.root, "switch", "--quiet", "--orphan", "alone")
    commit(repository, "alone", {"pyproject.toml": PYPROJECT})
    with pytest.raises(UnknownRef, match=r"no commit in common.*--tip"):
        repository.merge_base("main")


def test_a_shallow_clone_that_lacks_the_merge_base_says_so(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repository.root}", "../few")
    with pytest.raises(UnknownRef, match=r"shallow.*--unshallow"):
        Repository(tmp_path / "few").merge_base("origin/main")


@pytest.mark.parametrize(
    ("file", "is_changed"),
    [("service/new.py", True), ("profiles/workloads/mine.toml", True), ("gate.md", False), ("service/x.log", False)],
)
def test_a_new_file_among_the_code_is_a_change_unless_git_ignores_it(
    repository: Repository, file: str, is_changed: bool
) -> None:
    (repository.root / ".git" / "info" / "exclude").write_text("*.log\n")
    place = repository.root / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("")
    tree = work_tree(repository)
    assert (tree.is_changed, commit_of(repository.root / "service")) == (is_changed, tree.commit)
