"""Phase 1: fewer calls, at the same time, for longer, and not while Flash is down."""

from profiles.ablation.experiment import USUAL, Experiment, Traffic
from reports.verdicts import Gain

__all__ = ["PHASE_1"]

PHASE_1 = (
    Experiment(
        item="1.1",
        claim=Gain(0.30),
        measure="redundant_calls_per_message",
        traffic=Traffic("rush"),
        elsewhere=(Traffic("spam", 10.0), USUAL),
        note="Redundant are the upstream calls beyond the fewest with which the same reads could have been answered: "
        "here, of many people who ask for the same price at once. One user who sends the same command again and again "
        "makes none, with the item or without: a user's messages are answered in order, and the second finds the "
        "answer to the first in the cache.",
    ),
    Experiment(
        item="1.2",
        claim=Gain(0.40),
        measure="response_ms_mean_complex",
        traffic=Traffic("complex"),
        note="Complex commands are those with several reads that do not depend on each other.",
    ),
    Experiment(item="1.3", claim=Gain(0.50), measure="upstream_calls_per_message", traffic=Traffic("day")),
    Experiment(
        item="1.4",
        claim=Gain(),
        measure="response_ms_p99",
        traffic=Traffic("outage"),
        note="Flash slows down, fails, and hangs in turn.",
    ),
)
