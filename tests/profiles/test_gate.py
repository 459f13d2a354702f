"""A gate run on two sides whose figures are known."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from profiles.gating.budgeting import load_budget
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.gating.exact import Plan, planted_share
from profiles.gating.gate import Base, TimedFigures, run_gate
from profiles.gating.leads import leads
from profiles.gating.profiled import moves_of, profiled_command
from profiles.gating.protocol import Traffic
from reports.gate.budgets import BudgetError
from reports.gate.model import GateReport, Moved
from reports.model import Arm, CommandCosts
from reports.profile import Change
from tests.profiles.gate_kit import an_arm, fake_checkout, fake_files, some_traffic

PLAN = Plan(phase=1, minutes=6)
TODAY = dt.date(2026, 1, 5)

Gate = Callable[[Checkout, Checkout], GateReport]
Side = Callable[..., Checkout]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return some_traffic(6)


@pytest.fixture
def side(tmp_path: Path, traffic: Traffic) -> Side:
    def make(name: str, arm: Arm, **planted: Arm) -> Checkout:
        return fake_checkout(tmp_path / name, fake_files(traffic, arm, slow=planted.get("slow")), name)

    return make


def gate(base: Checkout, head: Checkout, budget: str = "", folder: Path | None = None) -> GateReport:
    file = None
    if folder is not None:
        file = folder / "budget.toml"
        file.write_text(budget)
    limits = load_budget(base.folder, file)
    return run_gate(Base(base.name, base.commit, base), head, PLAN, limits, TODAY)


def test_a_handful_of_messages_is_not_measured_at_all(side: Side) -> None:
    base, head = side("base", an_arm()), side("head", an_arm())
    (head.folder / "profiles/arms.json").unlink()
    few = run_gate(Base("b", "", base), head, Plan(phase=1, minutes=0.5), load_budget(base.folder), TODAY)
    assert (few.verdict, few.exit_code, "more --minutes" in few.why[0]) == ("nothing measured", 4, True)


def test_figures_that_only_head_has_are_a_note(side: Side) -> None:
    costs = CommandCosts(messages=200, upstream_calls_per_message=1.0, redis_round_trips_per_message=3.0)
    head = msgspec.structs.replace(an_arm(), costs_by_command={"send": costs})
    report = gate(side("base", an_arm()), side("head", head, slow=an_arm(315)))
    assert (report.exit_code, "base does not measure hit_rate" in " ".join(report.notes)) == (0, True)


def test_equal_sides_pass(side: Side) -> None:
    report = gate(side("base", an_arm()), side("head", an_arm()))
    assert (report.verdict, report.exit_code, [one.passed for one in report.controls]) == ("pass", 0, [True, True])


@pytest.mark.parametrize(
    ("head", "metric"),
    [
        (an_arm(mean_ms=304), "response_ms_mean"),
        (an_arm(calls=1.02), "upstream_calls_per_message"),
        (an_arm(hit_rate=0.49), "hit_rate"),
    ],
)
def test_a_small_regression_is_caught(side: Side, head: Arm, metric: str) -> None:
    report = gate(side("base", an_arm()), side("head", head))
    assert (report.exit_code, metric in [one.metric for one in report.findings if one.failed]) == (1, True)


def test_a_regression_names_what_moved(side: Side) -> None:
    report = gate(side("base", an_arm()), side("head", an_arm(calls=1.5)))
    assert ("operation", "balance", 1.0, 1.5) in [
        (one.kind, one.name, one.base, one.head) for one in report.explanation
    ]


def test_what_passes_needs_no_explanation(side: Side) -> None:
    assert gate(side("base", an_arm()), side("head", an_arm(mean_ms=301))).explanation == ()


def test_a_planted_slow_down_that_is_not_seen_withholds_the_verdict(side: Side) -> None:
    report = gate(side("base", an_arm()), side("head", an_arm(), slow=an_arm()))
    assert (report.verdict, report.exit_code) == ("withheld", 3)


def test_equal_arms_that_differ_withhold_the_verdict(side: Side) -> None:
    head = side("head", an_arm())
    arms = msgspec.json.decode((head.folder / "profiles/arms.json").read_bytes())
    arms["null"]["metrics"]["response_ms_p50"] += 0.001
    (head.folder / "profiles/arms.json").write_bytes(msgspec.json.encode(arms))
    report = gate(side("base", an_arm()), head)
    assert (report.verdict, report.controls[0].passed) == ("withheld", False)


def test_a_side_that_cannot_be_measured_is_no_regression(side: Side) -> None:
    head = side("head", an_arm())
    (head.folder / "profiles/answer.json").unlink()
    report = gate(side("base", an_arm()), head)
    assert (report.verdict, report.exit_code, "head" in report.failure) == ("failed", 4, True)


def test_a_waiver_lets_an_intended_regression_pass(side: Side, tmp_path: Path) -> None:
    waiver = """
[[waivers]]
metric = "upstream_calls_per_message"
ceiling = 0.6
reason = "the new command asks for more"
expires = 2026-02-01
"""
    report = gate(side("base", an_arm()), side("head", an_arm(calls=1.5)), waiver, tmp_path)
    assert (report.exit_code, [one.metric for one in report.findings if one.waived]) == (
        0,
        ["upstream_calls_per_message"],
    )


def test_the_timed_half_has_its_say(side: Side) -> None:
    base, head = side("base", an_arm()), side("head", an_arm())
    nothing = TimedFigures(notes=("nothing timed",))
    report = run_gate(Base("b", "", base), head, PLAN, load_budget(base.folder), TODAY, timed=lambda _: nothing)
    assert "nothing timed" in report.notes


@pytest.mark.parametrize("allowed", ['worse_by = "20 %"', "at_most = 360"])
def test_the_control_goes_beyond_a_generous_budget(tmp_path: Path, allowed: str) -> None:
    (tmp_path / "b.toml").write_text(f'[[limits]]\nmetric = "response_ms_mean"\n{allowed}\n')
    budget = load_budget(tmp_path, tmp_path / "b.toml")
    assert planted_share(300.0, budget, PLAN) == pytest.approx(0.3)


def test_the_projects_own_limits_are_laid_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[[tool.pulse.gate.limits]]\nmetric = "hit_rate"\nworse_by = "5 points"\n')
    budget = load_budget(tmp_path)
    limit, kept = budget.limit("hit_rate"), budget.limit("response_ms_mean")
    assert (limit and limit.worse_by and limit.worse_by.text, kept is None) == ("5 points", False)


@pytest.mark.parametrize(("text", "word"), [("[", "not TOML"), (None, "No such file")])
def test_a_budget_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None, word: str) -> None:
    file = tmp_path / "b.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BudgetError, match=word):
        load_budget(tmp_path, file)


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\npulse = 1", "[tool.pulse]\ngate = 1"])
def test_a_section_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(BudgetError, match="is no table"):
        load_budget(tmp_path)


def test_leads_name_the_switches_of_one_side_alone() -> None:
    base, head = an_arm(), Arm(name="x", switches=("1.1",), metrics=an_arm().metrics)
    assert next((one.kind, one.name) for one in leads(base, head)) == ("switch", "1.1")


class Explained:
    """A profile that was asked for, or could not be taken."""

    def __init__(self, error: str = "") -> None:
        self.error = error
        self.asked = 0

    def __call__(self, _traffic: Traffic) -> tuple[Moved, ...]:
        self.asked += 1
        if self.error:
            raise CannotMeasure(self.error)
        return (Moved(kind="function", name="parse", base=0.1, head=0.2, unit="ms"),)


def explained(base: Checkout, head: Checkout, explain: Explained) -> GateReport:
    limits = load_budget(base.folder)
    return run_gate(Base(base.name, "", base), head, PLAN, limits, TODAY, explain=explain)


def test_a_regression_is_profiled(side: Side) -> None:
    report = explained(side("base", an_arm()), side("head", an_arm(320)), Explained())
    assert [one.name for one in report.explanation if one.kind == "function"] == ["parse"]


def test_what_passes_is_not_profiled(side: Side) -> None:
    explain = Explained()
    explained(side("base", an_arm()), side("head", an_arm()), explain)
    assert explain.asked == 0


def test_a_profile_that_fails_changes_no_verdict(side: Side) -> None:
    report = explained(side("base", an_arm()), side("head", an_arm(320)), Explained("no profiler"))
    assert (report.exit_code, "no profiler" in report.notes) == (1, True)


def test_what_a_profile_says_is_named_by_function_and_allocation() -> None:
    changes = {"functions": [Change("parse", 0.1, 0.2)], "heap-sites": [Change("cache.py:7", 1.0, 9.0)], "waits": []}
    assert [(one.kind, one.name, one.head) for one in moves_of(changes)] == [
        ("function", "parse", 0.2),
        ("allocation", "cache.py:7", 9.0),
    ]


def test_what_open_connections_hold_comes_last_and_is_said_to_vary() -> None:
    sites = [Change("service/transport/dial.py:46", 10.0, 90.0), Change("service/commands/balance.py:37", 0.0, 20.0)]
    own, connections = moves_of({"heap-sites": sites})
    assert (own.name, own.note) == ("service/commands/balance.py:37", "live memory")
    assert "equal sides differ" in connections.note


def test_each_side_is_profiled_by_its_own_code(tmp_path: Path) -> None:
    assert f"PYTHONPATH={tmp_path}" in profiled_command(Checkout(tmp_path, "python", "x", ""))
