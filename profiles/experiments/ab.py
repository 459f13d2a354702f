"""Item 6.3: how often do experiments lie about a switch that does nothing, and how soon do they see one that does?

`python -m profiles.experiments.ab [EXPERIMENTS]`

Users come back again and again, few of them often; each has a pace of their own, and response times are lognormal. The
service's own assignment and measuring see every message, and the report is looked at after every hundredth. Seeded, so
the figures are the same everywhere.
"""

import asyncio
import math
import random
import sys
from collections.abc import Iterable, Sequence

import msgspec

from profiles.virtual_clock import SeededDice, VirtualClock, run_virtual
from profiles.virtual_loop import VirtualLoop
from service.core.experiment_report import ALPHA, ExperimentReport, judge
from service.core.experiments import METRICS, Experiment
from service.core.messages import Entry, Incoming
from service.observe.meter import MemoryMeter
from service.observe.tally import current_tally
from service.observe.trials import Trials

__all__ = ["EXPERIMENTS", "Outcome", "experiment", "one_experiment"]

EXPERIMENTS = 200
_USERS = 2_000
_MESSAGES = 6_000
_LOOK_EVERY = 100
_PACE_SIGMA = 0.5
_NOISE_SIGMA = 0.6
_MEDIAN_MS = 240.0
_ERROR_RATE = 0.01
_READS = 1.3
_FIXED = 1.959964
_START_UNIX_S = 1_767_600_000.0


class Outcome(msgspec.Struct, frozen=True):
    """One experiment, over all looks: what was ever said, and how many users it took until the first verdict on time.

    `fixed` says whether a test at 95 % for one look would have said something about time at any of them.
    """

    said: frozenset[str]
    users_until_response: int | None
    is_tripped: bool
    is_mismatch: bool
    fixed: bool


def experiment(experiments: int = EXPERIMENTS) -> dict[str, object]:
    """So many experiments on a switch that does nothing, and a quarter as many on one that saves 20 % of the time."""
    idle = [one_experiment(seed) for seed in range(experiments)]
    useful, harmful = (
        [one_experiment(seed, faster_percent=percent) for seed in range(max(1, experiments // 4))]
        for percent in (20.0, -40.0)
    )
    return {
        "experiments": experiments,
        "looks_at_each": _MESSAGES // _LOOK_EVERY,
        "users": _USERS,
        "messages": _MESSAGES,
        **_false_alarms(idle),
        **_power(useful),
        "guardrail_power_at_40_percent_slower": _share(each.is_tripped for each in harmful),
    }


def _false_alarms(idle: Sequence[Outcome]) -> dict[str, object]:
    return {
        "false_alarm_rate": _share(bool(each.said) for each in idle),
        "false_alarm_rate_allowed": ALPHA,
        "false_alarm_rate_of_a_fixed_95_percent_test": _share(each.fixed for each in idle),
        "false_guardrail_rate": _share(each.is_tripped for each in idle),
        "false_sample_ratio_rate": _share(each.is_mismatch for each in idle),
    }


def _power(useful: Sequence[Outcome]) -> dict[str, object]:
    found = sorted(each.users_until_response for each in useful if each.users_until_response is not None)
    return {
        "power_at_20_percent_faster": _share("response better" in each.said for each in useful),
        "users_until_verdict_median": found[len(found) // 2] if found else None,
        "wrong_verdicts_at_20_percent_faster": _share(
            bool(each.said - {"response better", "slow better"}) for each in useful
        ),
    }


def one_experiment(seed: int, *, faster_percent: float = 0.0) -> Outcome:
    """An experiment whose arm `on` is so much faster."""
    return run_virtual(lambda clock: _Simulation(clock, seed, faster_percent).go(), start_unix_s=_START_UNIX_S)


class _Simulation:
    """One experiment's users, messages and looks."""

    def __init__(self, clock: VirtualClock, seed: int, faster_percent: float) -> None:
        self._random = random.Random(SeededDice(f"ab/{seed}").token(8))
        self._factor = 1 - faster_percent / 100
        self._clock = clock
        self._trials = Trials(lambda _user: frozenset(), lambda: True, self._clock, MemoryMeter())
        self._plan = Experiment(
            name="ab",
            switch="1.3",
            on_percent=50.0,
            off_percent=50.0,
            salt=f"salt-{seed}",
            metrics=METRICS,
            started_at_s=self._clock.now(),
            started_by="a simulation",
        )
        self._trials.keep([self._plan])
        self._handle = self._trials.measuring(self._answer)
        self._paces = [self._random.gauss(0.0, _PACE_SIGMA) for _ in range(_USERS)]

    async def go(self) -> Outcome:
        """All messages, and all looks."""
        users = self._random.choices(range(_USERS), [1 / (n + 10) for n in range(_USERS)], k=_MESSAGES)
        seen = Outcome(frozenset(), None, is_tripped=False, is_mismatch=False, fixed=False)
        for number, user in enumerate(users, 1):
            await self._handle(self._entry(number, user))
            if number % _LOOK_EVERY == 0:
                seen = self._with_a_look(seen)
        return seen

    def _with_a_look(self, seen: Outcome) -> Outcome:
        report = self._look()
        said = {f"{each.metric} {each.verdict}" for each in report.comparisons if each.verdict != "undecided"}
        until = seen.users_until_response
        if until is None and any(name.startswith("response") for name in said):
            until = sum(report.exposures.values())
        return Outcome(
            seen.said | said,
            until,
            is_tripped=seen.is_tripped or bool(report.tripped),
            is_mismatch=seen.is_mismatch or report.mismatch,
            fixed=seen.fixed or self._is_fixed_significant(),
        )

    async def _answer(self, entry: Entry) -> None:
        is_on = "1.3" in self._trials.snapshot(entry.user)
        pace = self._paces[int(entry.user)] + self._random.gauss(0.0, _NOISE_SIGMA)
        _pass_time(_MEDIAN_MS / 1000 * math.exp(pace) * (self._factor if is_on else 1.0))
        tally = current_tally()
        if tally is not None:
            tally.upstream_reads = int(self._random.expovariate(1 / _READS))
            tally.is_failed = self._random.random() < _ERROR_RATE

    def _entry(self, number: int, user: int) -> Entry:
        now_s = self._clock.now()
        return Entry(f"{number}-0", str(user), Incoming(f"wamid.{number}", "", None, "text", "", int(now_s), now_s))

    def _look(self) -> ExperimentReport:
        measured = self._trials.running["ab"]
        exposures = {arm: len(state.users) for arm, state in measured.arms.items()}
        return judge(self._plan, exposures, [measured.record(self._clock.now())])

    def _is_fixed_significant(self) -> bool:
        arms = self._trials.running["ab"].arms.values()
        times = [state.moments[METRICS.index("response")] for state in arms]
        if min(each.count for each in times) < 2:  # noqa: PLR2004 - one sample has no spread
            return False
        error = math.sqrt(sum(each.variance / each.count for each in times))
        return abs(times[0].mean - times[1].mean) > _FIXED * error


def _pass_time(seconds: float) -> None:
    """At once: a message at a time needs no timers."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("a simulation runs in virtual time")
    loop.advance(seconds)


def _share(answers: Iterable[bool]) -> float:
    values = list(answers)
    return sum(values) / len(values)


def _main() -> None:
    experiments = int(sys.argv[1]) if len(sys.argv) > 1 else EXPERIMENTS
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(experiment(experiments))).decode() + "\n")


if __name__ == "__main__":
    _main()
