"""Profilers of the bot as it runs: what takes the time, what holds the memory, what is never given back.

Each is a pass of its own over the same messages, because a profiler distorts what the others measure.
"""

from profiles.profilers.comparing import Wish, arm_named, explain, profiles, work_of
from profiles.profilers.passes import Subject

__all__ = ["Subject", "Wish", "arm_named", "explain", "profiles", "work_of"]
