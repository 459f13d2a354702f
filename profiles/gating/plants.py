"""Changes of which the effect is known, each judged by the gate as it is: what must alarm, and what must not."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from profiles.arms import ArmSpec, Planted, planted_arm
from profiles.gating.checkouts import Checkout, checkout_of
from profiles.gating.exact import Plan, pair_findings
from profiles.gating.protocol import Traffic
from profiles.gating.repository import Repository
from profiles.gating.sides import measure_all
from reports.document import Cell, Column, Document, Grid
from reports.gate.rules import Budget
from reports.model import Arm

__all__ = ["Trial", "document", "text_only_commit", "trials"]

_SLOWER = 0.05
_NAMED = ("-c", "user.name=pulse", "-c", "user.email=pulse@localhost")
_DOCUMENT = "docs/a-commit-of-words.md"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A planted change, the metrics that alarmed, and those that had to: none for what must not alarm."""

    name: str
    wanted: str
    alarmed: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the gate said what it had to."""
        return self.wanted in self.alarmed if self.wanted else not self.alarmed


def trials(
    head: Checkout,
    repository: Repository,
    plan: Plan,
    budget: Budget,
    traffic: Traffic,
    *,
    tell: Callable[[str], None] = lambda _step: None,
) -> tuple[Trial, ...]:
    """All of them, on real runs in virtual time; `tell` hears of each step. Raises CannotMeasure."""
    messages = f"{len(traffic.trace.arrivals):,} messages in virtual time"
    tell(f"the work tree, its commit and one of words alone: {messages} each")
    commit = repository.commit("HEAD")
    words = text_only_commit(repository, commit)
    with checkout_of(repository, commit) as before, checkout_of(repository, words) as after:
        clean, old, new = (
            run.arms[0] for run in measure_all([(one, [plan.arm]) for one in (head, before, after)], traffic)
        )
    planted = [
        _spec(plan, "null"),
        _spec(plan, "slow", _SLOWER * clean.metrics.response_ms_mean / 1000),
        _spec(plan, "extra"),
        _spec(plan, "forgetful"),
    ]
    tell(f"{len(planted)} planted changes: {messages} each")
    [found] = measure_all([(head, planted)], traffic)
    null, slow, extra, forgetful = found.arms

    def trial(name: str, wanted: str, base: Arm, arm: Arm) -> Trial:
        failed = tuple(one.name for one in pair_findings(base, arm, budget, plan) if one.failed)
        return Trial(name=name, wanted=wanted, alarmed=failed)

    lost = 100 * (clean.metrics.hit_rate - forgetful.metrics.hit_rate)
    return (
        trial("the same code again", "", clean, null),
        trial("a commit that changes a text alone", "", old, new),
        trial("every message later by 5 % of the mean", "response_ms_mean", clean, slow),
        trial("one more upstream call in 50 messages", "upstream_calls_per_message", clean, extra),
        trial(f"forgotten cache entries, {lost:.1f} points of the hit rate", "hit_rate", clean, forgetful),
    )


def text_only_commit(repository: Repository, commit: str) -> str:
    """A commit on top of another one, with one more page of words; of no branch, so that git forgets it in time."""
    with tempfile.TemporaryDirectory(prefix="pulse-gate-") as place:
        index = {"GIT_INDEX_FILE": str(Path(place, "index"))}

        def git(*words: str, text: str = "") -> str:
            command = ["git", "-C", str(repository.root), *_NAMED, *words]
            environ = os.environ | index
            done = subprocess.run(command, env=environ, input=text, capture_output=True, text=True, check=True)  # noqa: S603 - git, by its name
            return done.stdout.strip()

        git("read-tree", commit)
        blob = git("hash-object", "-w", "--stdin", text="Words alone.\n")
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},{_DOCUMENT}")
        return git("commit-tree", git("write-tree"), "-p", commit, "-m", "Words alone")


def document(found: tuple[Trial, ...]) -> Document:
    """The trials as a table."""
    rows = tuple(
        (
            Cell(one.name),
            Cell(one.wanted or "no alarm"),
            Cell(", ".join(one.alarmed) or "no alarm"),
            Cell("right", "good") if one.is_right else Cell("WRONG", "bad"),
        )
        for one in found
    )
    columns = (*(Column(title, "text") for title in ("planted change", "has to alarm", "alarmed")), Column("gate"))
    return Document(title="Exact metrics: planted changes", grids=(Grid(columns=columns, rows=rows),))


def _spec(plan: Plan, kind: Planted, late_s: float = 0.0) -> ArmSpec:
    return msgspec.structs.replace(planted_arm(plan.phase, kind), changes=plan.changes, planted_s=late_s)
