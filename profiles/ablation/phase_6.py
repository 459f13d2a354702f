"""Phase 6: watching."""

from profiles.ablation.experiment import Experiment
from reports.verdicts import Unjudged

__all__ = ["PHASE_6"]

PHASE_6 = (
    Experiment(item="6.1", claim=Unjudged("no experiment yet"), measure="cpu_ms_per_message"),
    Experiment(item="6.2", claim=Unjudged("no experiment yet"), measure="leak_mb_found"),
    Experiment(item="6.3", claim=Unjudged("no experiment yet"), measure="false_alarm_rate"),
)
