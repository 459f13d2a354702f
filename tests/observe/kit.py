"""Fakes for the tests of what is observed."""

from collections.abc import Mapping, Sequence

from service.core.errors import PulseError
from service.core.experiments import Arm, Experiment, Record
from service.core.messages import Entry, Incoming

__all__ = ["FakeExperiments", "StillClock", "entry_of"]


class StillClock:
    """Implements Clock: moves when it is told to, or when somebody sleeps."""

    def __init__(self) -> None:
        self.time_s = 1_750_000_000.0

    def now(self) -> float:
        return self.time_s

    def monotonic(self) -> float:
        return self.time_s

    async def sleep(self, seconds: float) -> None:
        self.time_s += seconds

    def charge(self, work: str) -> None:
        raise AssertionError(f"nobody should charge {work}")


class FakeExperiments:
    """Implements ExperimentStore in memory."""

    def __init__(self, *plans: Experiment) -> None:
        self.plans = {plan.name: plan for plan in plans}
        self.records: dict[tuple[str, str], Record] = {}
        self.users: dict[tuple[str, Arm], set[bytes]] = {}
        self.has_room = True

    async def all(self) -> list[Experiment]:
        return list(self.plans.values())

    async def running(self) -> list[Experiment]:
        return [plan for plan in self.plans.values() if plan.is_running]

    async def begin(self, plan: Experiment) -> None:
        if plan.name in self.plans:
            raise PulseError(plan.name)
        self.plans[plan.name] = plan

    async def finish(self, plan: Experiment) -> bool:
        if not self.plans[plan.name].is_running:
            return False
        self.plans[plan.name] = plan
        return True

    async def publish(self, name: str, instance: str, record: Record, exposed: Mapping[Arm, Sequence[bytes]]) -> bool:
        if self.has_room:
            self.records[name, instance] = record
            for arm, users in exposed.items():
                self.users.setdefault((name, arm), set()).update(users)
        return self.has_room

    async def figures(self, name: str) -> tuple[dict[Arm, int], list[Record]]:
        counts: dict[Arm, int] = {
            "off": len(self.users.get((name, "off"), ())),
            "on": len(self.users.get((name, "on"), ())),
        }
        return counts, [record for (of, _), record in self.records.items() if of == name]


def entry_of(user: str, number: int = 1, received_at_s: float = 1_750_000_000.0) -> Entry:
    """A message of this user."""
    message = Incoming(f"wamid.{user}.{number}", user, None, "text", "help", int(received_at_s), received_at_s)
    return Entry(f"{number}-0", user, message)
