"""A payment, killed from the yes to the answer, at every outcome, and again while it recovers.

Where nothing else goes wrong every step is tried with all switches off, and with all of them on every step up to the
sending and near the answer; for each outcome every step near the answer. Between the two a process only waits for
Flash, and its chores go on: there it is one step in so many, and of pairs of kills it is a grid. `nox -s sim` (--deep)
tries every step with all switches on and near the sending too. "Flash lies that it is paid" is left to the worlds: its
alarm takes hours.
"""

import pytest

from profiles.simulate.cases import Case, run_case
from profiles.simulate.faults import LIES, PAY
from profiles.simulate.history import Ended, Said
from profiles.simulate.judges.all import judge
from service.roadmap import LAST_PHASE

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it doubles the time

CLOSE = 20
"""Behind the sending and ahead of the answer this many steps are near."""

STRIDE = 50
"""One step in so many is tried where a process only waits."""

THIN = 5
"""The same near the sending, and of all steps of the wait where nothing else goes wrong; all of them with --deep."""


@pytest.fixture
def thin(pytestconfig: pytest.Config) -> int:
    """One step in so many where it is the wait that is tried."""
    return 1 if pytestconfig.getoption("--deep") else THIN


def broken(case: Case, where: str) -> list[str]:
    """What the judges found."""
    return [
        f"{where}: {name}: {finding.what}"
        for name, verdict in judge(case.history).items()
        for finding in verdict.findings
    ]


def points(calm: Case, first: int, near_sending: int, waiting: int) -> list[int]:
    """Steps to kill at, from the `first` on: one in so many near the sending and of the wait, all near the answer."""
    near = min(calm.sent_at + CLOSE, calm.steps), max(calm.steps - CLOSE, calm.sent_at)
    return sorted({*range(first, near[0], near_sending), *range(*near, waiting), *range(near[1], calm.steps + 1)})


@pytest.mark.parametrize("phase", [0, LAST_PHASE])
def test_a_kill_before_any_step_of_a_payment_breaks_nothing(phase: int, thin: int) -> None:
    calm = run_case(None, phase=phase)
    assert not broken(calm, "without a kill")
    assert calm.steps > 40, "there are hardly any steps left to kill at: is the case still a payment?"
    steps = points(calm, 0, 1, thin if phase else 1)
    cases = [(point, run_case(None, kill_at=point, phase=phase)) for point in steps]
    assert all(len(case.history.of(Ended)) == 3 for _, case in cases), "a kill did not happen"
    assert not [what for point, case in cases for what in broken(case, f"killed before step {point}")]


@pytest.mark.parametrize("outcome", [*PAY, *LIES[:1]])
def test_a_kill_after_the_sending_breaks_nothing_however_it_ends(outcome: str, thin: int) -> None:
    calm = run_case(outcome)
    assert not broken(calm, "without a kill")
    steps = points(calm, calm.sent_at, thin, STRIDE)
    assert len(steps) > CLOSE, "there are hardly any steps left to kill at"
    cases = [(point, run_case(outcome, kill_at=point)) for point in steps]
    assert not [what for point, case in cases for what in broken(case, f"killed before step {point}")]


@pytest.mark.parametrize("outcome", [None, "pay-timeout-after"])
def test_a_second_kill_while_it_recovers_breaks_nothing(outcome: str | None) -> None:
    """One step in twenty of the payment, and of the recovery one in thirteen."""
    calm = run_case(None)
    firsts = range(0, calm.steps, 20)
    boot_steps = run_case(None, kill_at=calm.sent_at + 1).boot_steps
    assert boot_steps > 30, "a process boots in hardly any steps"
    seconds = range(1, boot_steps + 60, 13)
    cases = [((one, two), run_case(outcome, kill_at=one, kill_again_at=two)) for one in firsts for two in seconds]
    killed_twice = [case for _, case in cases if len(case.history.of(Ended)) == 4]
    assert len(killed_twice) > len(cases) // 2, "the second kill hardly ever happened"
    assert not [what for steps, case in cases for what in broken(case, f"killed before the steps {steps}")]


def test_every_case_ends_with_a_word_to_the_user() -> None:
    calm = run_case(None)
    for point in range(0, calm.steps, 20):
        case = run_case(None, kill_at=point)
        to_the_payer = [said for said in case.history.of(Said) if not said.about.endswith(":received")]
        assert to_the_payer[-1].about == "wamid.YES", point
