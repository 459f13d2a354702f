"""Phase 6: watching."""

from profiles.ablation.experiment import Experiment, Traffic
from profiles.ablation.measurers import in_a_process, planted_experiments, planted_leak
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
        note="What it shows cannot be judged by a figure; what it costs can, if it is more than the runs differ by. "
        "Many pairs: `python -m profiles.experiments.metrics_cost`; one message: `pytest "
        "tests/benchmarks/test_metered_message.py --benchmark-only`.",
    ),
    Experiment(
        item="6.2",
        claim=Bound(0),
        measure="leak_watch_mistakes",
        measurer=planted_leak,
        real=True,
        has_arms=False,
        note="Two runs of 60,000 messages: a planted leak of 16 bytes a message has to be reported, and a clean "
        "run not. After how many messages it is: `python -m profiles.experiments.leak`.",
    ),
    Experiment(
        item="6.3",
        claim=Bound(0.05),
        measure="experiment_mistakes",
        measurer=planted_experiments,
        has_arms=False,
        note="Forty experiments on a switch that does nothing and ten on one that saves a fifth of the time, looked at "
        "again and again; "
        "`python -m profiles.experiments.ab` makes two hundred.",
    ),
)
