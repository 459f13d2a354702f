"""The arms of a live run in virtual time: with the same switches, messages, people and upstreams."""

import os
from functools import partial

from profiles.children import in_processes
from profiles.live.bench import LivePlan, observed
from profiles.virtual_run import VirtualRun, run_arm

__all__ = ["MOST_MESSAGES", "in_virtual_time"]

MOST_MESSAGES = 20_000
"""Beyond that a live run goes without its limits: virtual time would take minutes for them."""

_SETTLE_S = 5.0
"""After the last message of the virtual run: about what the real one takes, so that both do as much housekeeping."""


def in_virtual_time(plan: LivePlan) -> list[VirtualRun]:
    """Every arm once."""
    works = [partial(run_arm, observed(arm), plan.workload, plan.trace, settle_s=_SETTLE_S) for arm in plan.arms]
    return in_processes(works, lambda _messages: None, at_once=os.cpu_count() or 1)
