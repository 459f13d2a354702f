"""Measurements that several items may share: each is made once."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from statistics import median

import msgspec

from profiles.ablation.experiment import Figures, Measurer, Traffic
from profiles.arms import ArmSpec
from profiles.children import in_processes

__all__ = ["Job", "perform"]


class Job(msgspec.Struct, frozen=True):
    """An arm under some traffic. Equal jobs are one."""

    measurer: Measurer
    arm: ArmSpec
    traffic: Traffic
    real: bool = False
    repeats: int = 1


def perform(jobs: Iterable[Job], seed: int, tick: Callable[[int], None]) -> dict[Job, Figures]:
    """The figures of each job; `tick` is told of each that is done.

    Those of virtual time share the cores. Real ones come after them, one at a time, the arms in turn and then again,
    so that what changes on the machine meets all of them; the medians of the repeats count.
    """
    distinct = list(dict.fromkeys(jobs))
    exact = [job for job in distinct if not job.real]
    found = dict(zip(exact, _run(exact, seed, tick, os.cpu_count() or 1), strict=True))
    return found | _in_turns([job for job in distinct if job.real], seed, tick)


def _in_turns(jobs: list[Job], seed: int, tick: Callable[[int], None]) -> dict[Job, Figures]:
    turns = range(max((job.repeats for job in jobs), default=0))
    rounds = [job for turn in turns for job in jobs if turn < job.repeats]
    samples: dict[Job, list[Figures]] = {job: [] for job in jobs}
    for job, figures in zip(rounds, _run(rounds, seed, tick, 1), strict=True):
        samples[job].append(figures)
    return {job: _medians(several) for job, several in samples.items()}


def _run(jobs: list[Job], seed: int, tick: Callable[[int], None], at_once: int) -> list[Figures]:
    return in_processes([partial(_measure, job, seed) for job in jobs], tick, at_once=at_once)


def _measure(job: Job, seed: int, tick: Callable[[int], None]) -> Figures:
    figures = job.measurer(job.arm, job.traffic, seed)
    tick(1)
    return figures


def _medians(samples: list[Figures]) -> Figures:
    """Of what every sample has."""
    keys = set(samples[0]).intersection(*samples)
    return {key: median(sample[key] for sample in samples) for key in sorted(keys)}
