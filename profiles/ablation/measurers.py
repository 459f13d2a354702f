"""How arms are measured for items that the bench's own figures say nothing about."""

import sys

import msgspec

from profiles.ablation.experiment import Figures, Traffic
from profiles.arms import ArmSpec
from profiles.bench import drawn
from profiles.experiments import ab, leak
from profiles.experiments.cpu_work import cpu_work
from profiles.experiments.overload import goodput_per_s
from profiles.experiments.statement import statement_memory
from profiles.process_run import measure_process
from profiles.workload import load_workload

__all__ = [
    "AB_EXPERIMENTS",
    "LEAK_MESSAGES",
    "at_overload",
    "beside_heavy_work",
    "in_a_process",
    "one_statement",
    "planted_experiments",
    "planted_leak",
]

LEAK_MESSAGES = 60_000
AB_EXPERIMENTS = 40


def at_overload(arm: ArmSpec, traffic: Traffic, seed: int) -> Figures:
    """Replies in time while far more messages come than can be answered, in the workload's own rate."""
    workload = load_workload(traffic.workload)
    workload = msgspec.structs.replace(workload, duration_minutes=traffic.minutes or workload.duration_minutes)
    return {"goodput_per_s": goodput_per_s(arm, workload, workload.arrivals.messages_per_s, seed)}


def beside_heavy_work(arm: ArmSpec, traffic: Traffic, seed: int) -> Figures:
    """By how much QR codes and statements of some users delay everybody else."""
    return cpu_work(arm, load_workload(traffic.workload), seed, traffic.minutes)


def one_statement(arm: ArmSpec, traffic: Traffic, _seed: int) -> Figures:
    """Memory of a real process that makes the statement of the workload's heavy user."""
    return statement_memory(" ".join(arm.switches), rows=load_workload(traffic.workload).heavy.past_rows)


def in_a_process(arm: ArmSpec, traffic: Traffic, seed: int) -> Figures:
    """Memory and CPU of a real bot process."""
    trace = drawn(load_workload(traffic.workload), seed, traffic.minutes)
    found = measure_process(arm, trace, (sys.executable, "-m", "pulse_cli", "serve"))
    return {
        "rss_mb_settled": found.rss_mb_settled,
        "rss_mb_peak": found.rss_mb_peak,
        "cpu_ms_per_message": found.cpu_ms_per_message,
    }


def planted_leak(_arm: ArmSpec, _traffic: Traffic, _seed: int) -> Figures:
    """Alarms in a clean run, and one more mistake when a leak of 16 bytes a message is not reported in another."""
    found = leak.watched_run(LEAK_MESSAGES, leak=True)
    clean = leak.watched_run(LEAK_MESSAGES, leak=False)
    return {"leak_watch_mistakes": float(len(clean.alarms) + ("blocks" not in found.alarms))}


def planted_experiments(_arm: ArmSpec, _traffic: Traffic, _seed: int) -> Figures:
    """How often a switch that does nothing is said to do something, or one that saves a fifth of the time is missed."""
    found = msgspec.convert(ab.experiment(AB_EXPERIMENTS), _Experiments)
    return {"experiment_mistakes": max(found.false_alarm_rate, 1 - found.power_at_20_percent_faster)}


class _Experiments(msgspec.Struct):
    """What is looked at of the figures of `profiles.experiments.ab`."""

    false_alarm_rate: float
    power_at_20_percent_faster: float
