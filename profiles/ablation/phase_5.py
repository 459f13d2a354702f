"""Phase 5: load."""

from profiles.ablation.experiment import Experiment, Traffic
from reports.verdicts import Gain, Unjudged

__all__ = ["PHASE_5"]

PHASE_5 = (
    Experiment(item="5.1", claim=Unjudged("no experiment yet"), measure="goodput", traffic=Traffic("burst")),
    Experiment(item="5.2", claim=Unjudged("no experiment yet"), measure="loop_lag_ms_p99"),
    Experiment(item="5.3", claim=Unjudged("no experiment yet"), measure="rss_mb_peak"),
    Experiment(item="5.4", claim=Gain(), measure="upstream_calls_per_message", traffic=Traffic("spam")),
)
