"""Phase 4: an event bus, and structure."""

from profiles.ablation.experiment import Experiment, Traffic
from profiles.ablation.structure import as_it_is
from reports.verdicts import Gain, Unjudged

__all__ = ["PHASE_4"]

PHASE_4 = (
    Experiment(
        item="4.1",
        claim=Gain(),
        measure="response_ms_p99",
        traffic=Traffic("listener", 10.0),
        note="While a listener of events waits for ten seconds at every second payment.",
    ),
    Experiment(
        item="4.2",
        claim=Unjudged("coupling before was never measured; now the import contracts keep it at this"),
        measure="imports_between_stages",
        measurer=as_it_is,
        note="Stages that meet in nothing but the ports, as the measure of reduced coupling.",
    ),
    Experiment(
        item="4.3",
        claim=Unjudged("ease of use before was never measured"),
        measure="lines_per_handler_mean",
        measurer=as_it_is,
    ),
)
