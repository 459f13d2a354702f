"""A short trace out of the middle of a workload, and its letters."""

import pytest

from profiles.live.traffic import letters, live_trace
from profiles.trace import Trace
from profiles.workload import load_workload
from service.core.errors import ConfigError
from service.sandbox.accounts import otp_code


@pytest.fixture(scope="module")
def trace() -> Trace:
    return live_trace(load_workload("reference"), 1, 10.0, 30.0)


def test_a_part_has_the_rate_that_was_asked_for(trace: Trace) -> None:
    assert len(trace.arrivals) / 30 == pytest.approx(10.0, rel=0.3)
    assert 0 <= trace.arrivals[0].at_s <= trace.arrivals[-1].at_s < 30
    assert trace.minutes == 0.5


def test_nothing_in_it_follows_or_repeats_what_is_not_in_it(trace: Trace) -> None:
    known = {arrival.wamid for arrival in trace.arrivals}
    assert {arrival.follows for arrival in trace.arrivals} - {None} <= known
    assert {arrival.duplicate_of for arrival in trace.arrivals} - {None} <= known
    assert any(arrival.follows for arrival in trace.arrivals)


def test_the_same_seed_is_the_same_trace(trace: Trace) -> None:
    workload = load_workload("reference")
    assert live_trace(workload, 1, 10.0, 30.0).digest == trace.digest
    assert live_trace(workload, 2, 10.0, 30.0).digest != trace.digest


def test_letters_are_its_arrivals(trace: Trace) -> None:
    for letter, arrival in zip(letters(trace), trace.arrivals, strict=True):
        member = trace.population[arrival.user]
        assert (letter.at_s, letter.sender) == (arrival.at_s, member.sender)
        assert letter.text == arrival.text.replace("{otp}", otp_code(member.phone))
        assert (letter.payee is None) == (arrival.invoice is None)
        assert letter.repeats == (arrival.duplicate_of is not None)


@pytest.mark.parametrize("name", ["outage", "restart"])
def test_what_real_time_cannot_show_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="only virtual time can show that"):
        live_trace(load_workload(name), 1, 10.0, 10.0)


def test_no_message_is_no_trace() -> None:
    with pytest.raises(ConfigError, match="take more --seconds or --rate"):
        live_trace(load_workload("reference"), 1, 0.01, 1.0)
