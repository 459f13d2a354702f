import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.breaker import Breaker, BreakerPolicy, BreakerState, Permit, Refusal

POLICY = BreakerPolicy()


def admitted(breaker: Breaker, now_s: float) -> Permit:
    permit = breaker.admit(now_s)
    assert isinstance(permit, Permit)
    return permit


def call(breaker: Breaker, now_s: float, *, ok: bool) -> None:
    breaker.record(admitted(breaker, now_s), ok=ok, now_s=now_s)


def opened(at_s: float = 0.0) -> Breaker:
    breaker = Breaker(POLICY)
    for _ in range(POLICY.min_calls):
        call(breaker, at_s, ok=False)
    assert breaker.state is BreakerState.OPEN
    return breaker


def test_it_opens_at_the_tenth_failure_in_a_row_and_not_before() -> None:
    breaker = Breaker(POLICY)
    for _ in range(9):
        call(breaker, 0.0, ok=False)
    assert isinstance(breaker.admit(0.0), Permit)
    call(breaker, 0.0, ok=False)
    assert isinstance(breaker.admit(0.0), Refusal)


def test_after_a_window_of_successes_ten_failures_open_it() -> None:
    breaker = Breaker(POLICY)
    for _ in range(100):
        call(breaker, 0.0, ok=True)
    for _ in range(9):
        call(breaker, 0.0, ok=False)
    assert isinstance(breaker.admit(0.0), Permit)
    call(breaker, 0.0, ok=False)
    assert isinstance(breaker.admit(0.0), Refusal)


def test_fewer_failures_than_half_never_open_it() -> None:
    breaker = Breaker(POLICY)
    for number in range(300):
        call(breaker, 0.0, ok=number % 3 != 0)
    assert breaker.state is BreakerState.CLOSED


def test_failures_older_than_the_window_do_not_count() -> None:
    breaker = Breaker(POLICY)
    for _ in range(9):
        call(breaker, 0.0, ok=False)
    call(breaker, POLICY.window_s + 1, ok=False)
    assert breaker.state is BreakerState.CLOSED


def test_open_it_says_how_long_to_stay_away() -> None:
    assert opened(at_s=100.0).admit(105.0) == Refusal(retry_after_s=10.0)


def test_after_its_time_it_lets_three_probes_through() -> None:
    breaker = opened()
    for _ in range(3):
        admitted(breaker, 15.0)
    assert breaker.admit(15.0) == Refusal(POLICY.probing_retry_s)
    assert breaker.state is BreakerState.HALF_OPEN


def test_three_good_probes_close_it() -> None:
    breaker = opened()
    for _ in range(3):
        call(breaker, 15.0, ok=True)
    assert breaker.state is BreakerState.CLOSED


def test_one_bad_probe_opens_it_for_another_period() -> None:
    breaker = opened()
    call(breaker, 15.0, ok=True)
    call(breaker, 16.0, ok=False)
    assert isinstance(breaker.admit(30.9), Refusal)
    assert isinstance(breaker.admit(31.0), Permit)


def test_a_probe_that_was_given_back_can_be_used_again() -> None:
    breaker = opened()
    permits = [admitted(breaker, 15.0) for _ in range(3)]
    breaker.release(permits[0])
    assert isinstance(breaker.admit(15.0), Permit)
    assert isinstance(breaker.admit(15.0), Refusal)


def test_giving_a_probe_back_twice_frees_one_place_only() -> None:
    breaker = opened()
    permits = [admitted(breaker, 15.0) for _ in range(3)]
    breaker.release(permits[0])
    breaker.release(permits[0])
    admitted(breaker, 15.0)
    assert isinstance(breaker.admit(15.0), Refusal)


def test_a_probe_that_is_reported_twice_counts_once() -> None:
    breaker = opened()
    permit = admitted(breaker, 15.0)
    for _ in range(3):
        breaker.record(permit, ok=True, now_s=15.0)
    assert breaker.state is BreakerState.HALF_OPEN


def test_late_failures_of_the_era_before_do_not_open_it_again() -> None:
    breaker = Breaker(POLICY)
    late = [admitted(breaker, 0.0) for _ in range(50)]
    for permit in late[:10]:
        breaker.record(permit, ok=False, now_s=0.0)
    for _ in range(3):
        call(breaker, 15.0, ok=True)
    for permit in late[10:]:
        breaker.record(permit, ok=False, now_s=16.0)
    assert breaker.state is BreakerState.CLOSED


def test_late_successes_of_the_era_before_do_not_close_it() -> None:
    breaker = Breaker(POLICY)
    late = [admitted(breaker, 0.0) for _ in range(50)]
    for permit in late[:10]:
        breaker.record(permit, ok=False, now_s=0.0)
    for permit in late[10:]:
        breaker.record(permit, ok=True, now_s=1.0)
    assert isinstance(breaker.admit(2.0), Refusal)


def test_probes_that_are_never_given_back_do_not_block_it_for_ever() -> None:
    breaker = opened()
    for _ in range(3):
        admitted(breaker, 15.0)
    assert isinstance(breaker.admit(29.9), Refusal)
    assert isinstance(breaker.admit(30.0), Permit)


@pytest.mark.parametrize(
    "policy",
    [
        {"min_calls": 0},
        {"min_calls": 21},
        {"failure_share": 0.0},
        {"failure_share": 1.1},
        {"open_s": 0.0},
        {"window_s": -1.0},
        {"probes": 0},
    ],
)
def test_a_policy_that_cannot_work_is_refused(policy: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must be|is the least"):
        BreakerPolicy(**policy)  # type: ignore[arg-type]  # the values are of both kinds


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["admit", "ok", "fail", "release", "wait"]), st.integers(0, 40)), min_size=1, max_size=250
)
SMALL = BreakerPolicy(window_calls=6, min_calls=3, window_s=30.0, open_s=10.0, probes=2)


class Checked:
    """A breaker beside what must be true of it, told in other words."""

    def __init__(self) -> None:
        self.breaker = Breaker(SMALL)
        self.now_s = 0.0
        self.out: list[Permit] = []
        self.opened_at_s = 0.0
        self.failures = 0

    def step(self, action: str, number: int) -> None:
        before = self.breaker.state
        if action == "wait":
            self.now_s += number / 4
        elif action == "admit":
            self.admit()
        elif self.out:
            self.finish(action, self.out.pop(number % len(self.out)))
        if self.breaker.state is BreakerState.OPEN and before is not BreakerState.OPEN:
            self.opened_at_s = self.now_s

    def admit(self) -> None:
        admission = self.breaker.admit(self.now_s)
        if isinstance(admission, Permit):
            assert self.breaker.state is not BreakerState.OPEN
            self.out.append(admission)
        else:
            assert self.breaker.state is not BreakerState.CLOSED
            assert 0 < admission.retry_after_s <= SMALL.open_s
        if self.breaker.state is not BreakerState.CLOSED and self.now_s < self.opened_at_s + SMALL.open_s:
            assert isinstance(admission, Refusal)

    def finish(self, action: str, permit: Permit) -> None:
        before, is_current = self.breaker.state, permit.era == self.breaker._era
        if action == "release":
            self.breaker.release(permit)
        else:
            self.breaker.record(permit, ok=action == "ok", now_s=self.now_s)
        if not is_current or action == "release":
            assert self.breaker.state is before
        if action == "ok":
            assert self.breaker.state in {before, BreakerState.CLOSED}

    def check(self) -> None:
        probes = [permit for permit in self.out if permit.era == self.breaker._era]
        if self.breaker.state is BreakerState.HALF_OPEN:
            assert len(probes) + self.breaker._proven <= SMALL.probes
        if self.breaker.state is BreakerState.OPEN:
            assert not probes


@given(STEPS)
def test_whatever_happens_it_keeps_its_promises(steps: list[Step]) -> None:
    checked = Checked()
    for action, number in steps:
        checked.step(action, number)
        checked.check()


@given(STEPS)
def test_from_any_state_good_calls_close_it_within_two_periods(steps: list[Step]) -> None:
    checked = Checked()
    for action, number in steps:
        checked.step(action, number)
    now_s = checked.now_s + 2 * SMALL.open_s
    for _ in range(SMALL.window_calls):
        permit = checked.breaker.admit(now_s)
        if isinstance(permit, Permit):
            checked.breaker.record(permit, ok=True, now_s=now_s)
    assert checked.breaker.state is BreakerState.CLOSED


@given(STEPS)
def test_the_same_steps_give_the_same_answers(steps: list[Step]) -> None:
    first, second = Checked(), Checked()
    for action, number in steps:
        first.step(action, number)
        second.step(action, number)
    assert first.breaker.admit(first.now_s) == second.breaker.admit(second.now_s)
