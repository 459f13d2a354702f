"""Phase 3: the cache and the store."""

from profiles.ablation.experiment import Experiment, Traffic
from reports.verdicts import Gain

__all__ = ["PHASE_3"]

PHASE_3 = (
    Experiment(
        item="3.1",
        claim=Gain(0.60),
        measure="hit_rate",
        traffic=Traffic("reference", 20.0),
        elsewhere=(),
        note="On the traffic that was calibrated to the hit rate of 40 % that the roadmap begins with.",
    ),
    Experiment(
        item="3.2",
        claim=Gain(),
        measure="response_ms_mean",
        traffic=Traffic("restart"),
        needs=("3.1",),
        note="The first minutes after a restart with empty caches, of a bot that has been used before. "
        "It warms the cache of 3.1, so alone means beside that.",
    ),
    Experiment(item="3.3", claim=Gain(0.70), measure="redis_round_trips_per_message", traffic=Traffic("crowded")),
    Experiment(
        item="3.4",
        claim=Gain(0.20),
        measure="redis_operation_ms",
        traffic=Traffic("crowded"),
        note="From asking until the reply, with the wait for a connection. Alone, this traffic is about as much as one "
        "connection that is used for one command at a time can carry; on ordinary traffic nobody waits for it long.",
    ),
)
