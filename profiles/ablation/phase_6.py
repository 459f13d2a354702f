"""Phase 6: watching."""

from profiles.ablation.experiment import Experiment, Traffic
from profiles.ablation.measurers import LEAK_MESSAGES, idle_experiments, in_a_process, planted_leak
from reports.verdicts import Bound, Cost

__all__ = ["PHASE_6"]

PHASE_6 = (
    Experiment(
        item="6.1",
        claim=Cost(0.02),
        measure="cpu_ms_per_message",
        measurer=in_a_process,
        traffic=Traffic("reference", 15.0),
        real=True,
        repeats=3,
        noise=0.05,
        has_alone=False,
        note="What it shows cannot be judged by a figure; what it costs can. Pairs of many runs find smaller costs: "
        "`python -m profiles.experiments.metrics_cost`.",
    ),
    Experiment(
        item="6.2",
        claim=Bound(LEAK_MESSAGES),
        measure="leak_reported_after_messages",
        measurer=planted_leak,
        real=True,
        has_arms=False,
        note="A planted leak of 16 bytes a message has to be reported; the limit is the length of the run.",
    ),
    Experiment(
        item="6.3",
        claim=Bound(0.05),
        measure="false_alarm_rate",
        measurer=idle_experiments,
        has_arms=False,
        note="Forty experiments on a switch that does nothing, looked at again and again; "
        "`python -m profiles.experiments.ab` makes two hundred.",
    ),
)
