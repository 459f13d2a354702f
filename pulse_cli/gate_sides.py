"""What the commands around the gate take from their options: a plan, and the side to compare with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from profiles.gating.baselines import Baseline
    from profiles.gating.exact import Plan
    from profiles.gating.gate import Base
    from profiles.gating.repository import Repository

__all__ = ["base_of", "check_minutes", "find_baseline", "plan_of"]

_WEEK_MINUTES = 10_080


def check_minutes(minutes: float | None) -> None:
    """Raises ConfigError for a length of traffic that cannot be meant."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if minutes is not None and not 0 < minutes <= _WEEK_MINUTES:
        raise ConfigError(f"--minutes must be more than 0 and at most {_WEEK_MINUTES}, not {minutes:g}")


def plan_of(given: dict[str, Any], baseline: "Baseline | None" = None) -> "Plan":
    """The plan of a baseline where there is one, with what was given; what was not is as usual. Raises ConfigError."""
    import msgspec  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.arms import phase_arm  # noqa: PLC0415 - same
    from profiles.gating.exact import Plan  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same
    from service.roadmap import LAST_PHASE  # noqa: PLC0415 - same

    check_minutes(given.get("minutes"))
    usual = baseline.plan if baseline else Plan(phase=LAST_PHASE)
    plan = msgspec.structs.replace(usual, **{name: value for name, value in given.items() if value is not None})
    load_workload(plan.workload)
    phase_arm(plan.phase, plan.changes)
    return plan


def find_baseline(repository: "Repository", name: str) -> "Baseline":
    """A baseline by its name, or by the path of its file. Raises BaselineError."""
    from profiles.gating.baselines import Baselines, load_baseline  # noqa: PLC0415 - `pulse --help` must not pay for it

    if name.endswith(".json"):
        return load_baseline(Path(name))
    return Baselines(repository.place / "baselines").load(name)


@contextmanager
def base_of(
    repository: "Repository", against: str | None, baseline: "Baseline | None", name: str, plan: "Plan", *, tip: bool
) -> Iterator["Base"]:
    """The side to compare with, for as long as it is needed. Raises ConfigError and CannotMeasure."""
    from profiles.gating.checkouts import branched_from  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.gate import Base  # noqa: PLC0415 - same

    if baseline is not None:
        yield _kept(baseline, name, plan)
    else:
        with branched_from(repository, against or "", tip=tip) as checkout:
            yield Base(checkout.name, checkout.commit, checkout, note=f"base runs with {checkout.note}")


def _kept(baseline: "Baseline", name: str, plan: "Plan") -> "Base":
    from profiles.gating.baselines import mismatches  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.gate import Base  # noqa: PLC0415 - same
    from profiles.gating.protocol import traffic_of  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    wrong = "; ".join(mismatches(baseline, plan, traffic_of(plan.workload, plan.seed, plan.minutes)))
    if wrong:
        raise ConfigError(f"baseline {name} cannot be compared with: {wrong}; save it again with `pulse baseline save`")
    made = baseline.run.conditions
    note = f"the baseline was measured at {made.started_at} with Python {made.python}"
    return Base(f"baseline {name}", made.commit, kept=baseline.run, note=note)
