"""The commit that made a metric worse, found in few measurements, around those that cannot be measured."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
import pytest

from profiles.gating.bisecting import Bisection, bisect, measured_arms
from profiles.gating.budgeting import load_budget
from profiles.gating.errors import CannotMeasure, UnknownRef
from profiles.gating.exact import Plan
from profiles.gating.repository import Repository
from reports.model import Arm, CommandCosts
from service.core.errors import ConfigError
from tests.profiles.gate_kit import an_arm, commit, fake_files, git, new_repository, some_traffic

BUDGET = load_budget(Path(__file__).parents[2])


class History:
    """A line of commits, of which those from `worse_from` on are slower."""

    def __init__(self, folder: Path, length: int, worse_from: int) -> None:
        self.repository = new_repository(folder)
        self.commits = [commit(self.repository, f"change {n}", {"n": f"{n}"}) for n in range(length)]
        self.worse_from = worse_from
        self.measured: list[str] = []
        self.broken: Collection[str] = ()

    def measure(self, commit_id: str) -> Arm:
        self.measured.append(commit_id)
        if commit_id in self.broken:
            raise CannotMeasure("does not start")
        return an_arm(mean_ms=330 if self.commits.index(commit_id) >= self.worse_from else 300)

    def bisect(self, metric: str = "response_ms_mean") -> Bisection:
        ends = self.commits[0], self.commits[-1]
        return bisect(self.repository, metric, *ends, measure=self.measure, budget=BUDGET)


@pytest.mark.parametrize("worse_from", [1, 6, 11, 15])
def test_the_first_worse_commit_is_found_in_log2_steps(tmp_path: Path, worse_from: int) -> None:
    history = History(tmp_path, 16, worse_from)
    found = history.bisect()
    assert found.first is not None
    assert (found.first.commit, found.first.subject) == (history.commits[worse_from], f"change {worse_from}")
    assert len(set(history.measured)) <= 2 + math.ceil(math.log2(16))


def test_the_calls_of_one_command_can_be_bisected_beyond_commits_that_do_not_measure_them(tmp_path: Path) -> None:
    history = History(tmp_path, 8, 8)

    def measure(commit_id: str) -> Arm:
        number = history.commits.index(commit_id)
        costs = CommandCosts(
            messages=200, upstream_calls_per_message=1.0 + (number >= 6), redis_round_trips_per_message=3.0
        )
        return msgspec.structs.replace(an_arm(), costs_by_command={} if 2 < number < 6 else {"send": costs})

    ends = history.commits[0], history.commits[-1]
    found = bisect(history.repository, "upstream_calls_per_message:send", *ends, measure=measure, budget=BUDGET)
    assert {one.commit for one in found.suspects} == set(history.commits[3:7])
    assert {one.why for one in found.steps if one.is_worse is None} == {
        "its code does not measure upstream_calls_per_message by command"
    }


def test_a_commit_that_cannot_be_measured_is_gone_around(tmp_path: Path) -> None:
    history = History(tmp_path, 9, 6)
    history.broken = {history.commits[4]}
    found = history.bisect()
    assert found.first is not None
    assert found.first.commit == history.commits[6]


def test_suspects_that_cannot_be_told_apart_are_all_named(tmp_path: Path) -> None:
    history = History(tmp_path, 9, 5)
    history.broken = {history.commits[4]}
    found = history.bisect()
    assert found.first is None
    assert {step.commit for step in found.suspects} == {history.commits[4], history.commits[5]}


def test_a_merged_branch_is_searched_too(tmp_path: Path) -> None:
    history = History(tmp_path, 2, 99)
    root = history.repository.root
    git(root, "checkout", "--quiet", "-b", "side")
    culprit = commit(history.repository, "on the side", {"side": "1"})
    git(root, "checkout", "--quiet", "main")
    main = commit(history.repository, "on main", {"main": "1"})
    git(root, "merge", "--quiet", "--no-edit", "side")
    merge = git(root, "rev-parse", "HEAD")
    means: Mapping[str, float] = {culprit: 330, merge: 330, main: 300, history.commits[1]: 300, history.commits[0]: 300}
    found = bisect(
        history.repository,
        "response_ms_mean",
        history.commits[0],
        merge,
        measure=lambda one: an_arm(mean_ms=means[one]),
        budget=BUDGET,
    )
    assert found.first is not None
    assert found.first.commit == culprit


def test_no_change_is_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no worse at"):
        History(tmp_path, 4, 99).bisect()


def test_an_unknown_metric_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'speed'.*response_ms_mean"):
        History(tmp_path, 3, 2).bisect("speed")


def test_a_bad_commit_that_cannot_be_measured_is_a_failure(tmp_path: Path) -> None:
    history = History(tmp_path, 3, 2)
    history.broken = {history.commits[2]}
    with pytest.raises(CannotMeasure, match="does not start"):
        history.bisect()


def test_good_has_to_come_before_bad(tmp_path: Path) -> None:
    history = History(tmp_path, 3, 1)
    ends = history.commits[2], history.commits[0]
    with pytest.raises(UnknownRef, match="give the older commit first"):
        bisect(history.repository, "hit_rate", *ends, measure=history.measure, budget=BUDGET)


def test_commits_whose_documents_alone_differ_are_measured_once(tmp_path: Path) -> None:
    traffic = some_traffic()
    repository: Repository = new_repository(tmp_path)
    first = commit(repository, "code", fake_files(traffic, an_arm()))
    second = commit(repository, "words", {"docs/guide.md": "more words"})
    measure = measured_arms(repository, Plan(phase=1, minutes=0.5))
    assert measure(first) is measure(second)
