"""An ablation from its plan to its outcomes: what has to be measured for which item, and what comes of it."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping

import msgspec

from profiles.ablation.catalogue import EXPERIMENTS, experiments_of
from profiles.ablation.controls import control_jobs, controls_of
from profiles.ablation.experiment import Experiment, Figures, Traffic, in_virtual_time
from profiles.ablation.goals import goal_jobs, goals_of
from profiles.ablation.jobs import Job, perform
from profiles.arms import phase_arm
from profiles.trace import draw
from profiles.workload import load_workload
from reports.ablation import Ablation, Change, Comparison, Elsewhere, MeasuredArm, Outcome
from reports.measures import measure_named
from reports.metrics import METRICS
from reports.model import Conditions
from reports.verdicts import Judgement, Pair, judge
from service.core.errors import ConfigError
from service.roadmap import LAST_PHASE, find

__all__ = ["Plan", "jobs_of", "run_ablation"]

_NONE = Traffic("")
_Pairs = tuple[tuple[Job, Job] | None, tuple[Job, Job] | None]


class Plan(msgspec.Struct, frozen=True):
    """Items of phases 1 to `phase`, or those that are named; workload and minutes replace those of every item."""

    phase: int
    seed: int = 1
    items: tuple[str, ...] = ()
    workload: str | None = None
    minutes: float | None = None

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """What is to be measured, in the roadmap's order. Raises ConfigError for a phase or an item that is not there.

        The last phase brings the items of later ones along, those that are built already and those that are not.
        """
        phase_arm(self.phase)
        if self.phase < 1:
            raise ConfigError("phase 0 has no item to be held against its claim; --phase is 1 to 6")
        if self.items:
            chosen = {find(key).key for key in self.items}
            return tuple(one for one in EXPERIMENTS if one.item in chosen)
        return experiments_of(self.phase) if self.phase < LAST_PHASE else EXPERIMENTS

    @property
    def is_whole(self) -> bool:
        """Whether all there is is measured, on its own traffic: then the goals of the last phase are, too."""
        return self.phase == LAST_PHASE and not self.items and self.workload is None and self.minutes is None

    def traffic_of(self, experiment: Experiment) -> Traffic:
        """The traffic of an experiment, or what the plan has instead."""
        usual = experiment.traffic
        if experiment.measurer is not in_virtual_time:
            return usual
        return Traffic(self.workload or usual.workload, usual.minutes if self.minutes is None else self.minutes)

    def elsewhere(self, experiment: Experiment) -> tuple[Traffic, ...]:
        """Further traffic for a switch that is built; none where the plan says what the traffic is."""
        item = find(experiment.item)
        usual = not self.workload and self.minutes is None and experiment.measurer is in_virtual_time
        if not usual or not item.built:
            return ()
        return experiment.elsewhere

    def command(self, *items: str) -> str:
        """What measures these items again."""
        chosen = items or self.items
        options = [f"--items {','.join(chosen)}"] if chosen else []
        options += [f"--phase {self.phase} --seed {self.seed}"]
        options += [f"--workload {self.workload}"] if self.workload else []
        options += [] if self.minutes is None else [f"--minutes {self.minutes:g}"]
        return " ".join(["pulse bench --ablate", *options])


def jobs_of(plan: Plan) -> list[Job]:
    """Everything that has to be measured, each once. Raises ConfigError."""
    jobs = [job for experiment in plan.experiments for job in _jobs(plan, experiment)]
    goals = goal_jobs() if plan.is_whole else []
    return list(dict.fromkeys([*jobs, *goals, *control_jobs(plan.phase, plan.workload, plan.minutes)]))


def run_ablation(plan: Plan, tick: Callable[[int], None] = lambda _jobs: None) -> Ablation:
    """Measures and judges; `tick` is told of every measurement that is done. Raises ConfigError."""
    started_s = time.monotonic()
    jobs = jobs_of(plan)
    digests = {traffic: _digest(traffic, plan.seed) for traffic in {job.traffic for job in jobs} - {_NONE}}
    figures = perform(jobs, plan.seed, tick)
    return Ablation(
        phase=plan.phase,
        seed=plan.seed,
        outcomes=tuple(_outcome(plan, experiment, figures, digests) for experiment in plan.experiments),
        goals=goals_of(figures) if plan.is_whole else (),
        controls=controls_of(plan.phase, plan.workload, plan.minutes, figures),
        arms=tuple(
            MeasuredArm(name=j.arm.name, workload=j.traffic.workload, minutes=j.traffic.minutes, figures=figures[j])
            for j in jobs
        ),
        conditions=Conditions(
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.machine()}",
            cores=os.cpu_count() or 1,
        ),
        command=plan.command(),
        wall_s=time.monotonic() - started_s,
    )


def _digest(traffic: Traffic, seed: int) -> str:
    return draw(load_workload(traffic.workload), seed, traffic.minutes).digest


def _jobs(plan: Plan, experiment: Experiment) -> Iterator[Job]:
    for traffic in (plan.traffic_of(experiment), *plan.elsewhere(experiment)):
        for pair in _pairs(plan, experiment, traffic):
            yield from pair or ()


def _pairs(plan: Plan, experiment: Experiment, traffic: Traffic) -> _Pairs:
    """In the phase and alone; without a switch there is only what is there, in the place of both."""
    item = find(experiment.item)
    if not item.built:
        return None, None
    if not _has_arms(experiment):
        only = Job(experiment.measurer, phase_arm(plan.phase), _NONE, real=experiment.real)
        return (only, only), None
    with_needs = " ".join(f"+{key}" for key in experiment.needs)
    changes = (f"-{item.key}", "") if item.phase <= plan.phase else ("", f"+{item.key}")
    in_phase = _pair(experiment, traffic, *((plan.phase, change) for change in changes))
    alone = _pair(experiment, traffic, (0, with_needs), (0, f"{with_needs} +{item.key}".strip()))
    return in_phase, alone if experiment.has_alone else None


def _has_arms(experiment: Experiment) -> bool:
    return experiment.has_arms and find(experiment.item).kind == "switch"


def _pair(experiment: Experiment, traffic: Traffic, off: tuple[int, str], on: tuple[int, str]) -> tuple[Job, Job]:
    one, other = (
        Job(experiment.measurer, phase_arm(*arm), traffic, real=experiment.real, repeats=experiment.repeats)
        for arm in (off, on)
    )
    return one, other


def _outcome(
    plan: Plan, experiment: Experiment, figures: Mapping[Job, Figures], digests: Mapping[Traffic, str]
) -> Outcome:
    item, measure = find(experiment.item), measure_named(experiment.measure)
    traffic = plan.traffic_of(experiment)
    in_phase, alone = _comparisons(plan, experiment, traffic, figures)
    if item.built:
        pairs = (_as_pair(in_phase), _as_pair(alone))
        verdict = judge(experiment.claim, measure.better, *pairs, noise=experiment.noise)
    else:
        verdict = Judgement("not built yet", "")
    if in_phase is None or not _has_arms(experiment):
        traffic = _NONE
    return Outcome(
        item=item.key,
        title=item.title,
        claim=item.claim,
        verdict=verdict.verdict,
        why=verdict.why,
        measure=experiment.measure,
        workload=traffic.workload,
        minutes=traffic.minutes,
        digest=digests.get(traffic, ""),
        in_phase=in_phase,
        alone=alone,
        changes=tuple(_changes(plan, experiment, figures)),
        elsewhere=tuple(
            Elsewhere(other.workload, other.minutes, *_comparisons(plan, experiment, other, figures))
            for other in plan.elsewhere(experiment)
        ),
        is_exact=not experiment.real,
        note=experiment.note,
        command=plan.command(item.key),
    )


def _comparisons(
    plan: Plan, experiment: Experiment, traffic: Traffic, figures: Mapping[Job, Figures]
) -> tuple[Comparison | None, Comparison | None]:
    in_phase, alone = _pairs(plan, experiment, traffic)
    return _compared(in_phase, experiment.measure, figures), _compared(alone, experiment.measure, figures)


def _compared(pair: tuple[Job, Job] | None, measure: str, figures: Mapping[Job, Figures]) -> Comparison | None:
    if pair is None:
        return None
    off, on = pair
    return Comparison(off.arm.name, on.arm.name, figures[off].get(measure), figures[on].get(measure))


def _as_pair(compared: Comparison | None) -> Pair:
    return Pair(compared.off, compared.on) if compared else Pair()


def _changes(plan: Plan, experiment: Experiment, figures: Mapping[Job, Figures]) -> Iterator[Change]:
    """Metrics of every report, other than the deciding one, that the item changes in the phase."""
    pair, _ = _pairs(plan, experiment, plan.traffic_of(experiment))
    if pair is None:
        return
    off, on = (figures[job] for job in pair)
    for metric in METRICS:
        if metric.key != experiment.measure and off.get(metric.key) != on.get(metric.key):
            yield Change(metric.key, off[metric.key], on[metric.key])
