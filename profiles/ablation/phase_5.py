"""Phase 5: load."""

from profiles.ablation.experiment import USUAL, Experiment, Traffic
from profiles.ablation.measurers import at_overload, beside_heavy_work, one_statement
from reports.verdicts import Gain

__all__ = ["PHASE_5"]

PHASE_5 = (
    Experiment(
        item="5.1",
        claim=Gain(),
        measure="goodput_per_s",
        measurer=at_overload,
        traffic=Traffic("overload", 0.4),
        note="Goodput are the replies a second that come in time, at several times what a slow core can answer.",
    ),
    Experiment(
        item="5.2",
        claim=Gain(),
        measure="delay_ms_p99",
        measurer=beside_heavy_work,
        traffic=Traffic("heavy", 3.0),
        needs=("5.3",),
        note="By how much QR codes and statements of some users delay the answers of the others. "
        "Statements are written by 5.3, so alone means beside that.",
    ),
    Experiment(
        item="5.3",
        claim=Gain(0.80),
        measure="rss_spike_mb",
        measurer=one_statement,
        traffic=Traffic("history"),
        real=True,
        noise=0.05,
        note="A statement of 50,000 movements, made by a real process; resident memory, which has what the process "
        "starts beside it, too. What Python allocates is in `python -m profiles.experiments.statement`.",
    ),
    Experiment(
        item="5.4",
        claim=Gain(),
        measure="upstream_calls_per_message",
        traffic=Traffic("dashboard", 10.0),
        elsewhere=(USUAL,),
    ),
)
