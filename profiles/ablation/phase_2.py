"""Phase 2: structure. Its claims have no figure of before to be held against, so what there is now is shown instead."""

from profiles.ablation.experiment import Experiment
from profiles.ablation.structure import as_it_is
from reports.verdicts import Unjudged

__all__ = ["PHASE_2"]

PHASE_2 = (
    Experiment(
        item="2.1",
        claim=Unjudged("maintainability before was never measured"),
        measure="complexity_of_commands_most",
        measurer=as_it_is,
        note="The roadmap's own limit is a complexity below 10 for every method.",
    ),
    Experiment(
        item="2.2",
        claim=Unjudged("bugs before were never counted"),
        measure="rules_outside_of_rules",
        measurer=as_it_is,
        note="0 would mean that none is beside the one command that uses it; all go through the one pipeline.",
    ),
    Experiment(
        item="2.3",
        claim=Unjudged("ease is no figure"),
        measure="imports_of_replies_by_commands",
        measurer=as_it_is,
        note="0 means that no command knows how anything is worded, so a new format touches none of them.",
    ),
)
