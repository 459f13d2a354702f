from collections.abc import Sequence
from statistics import median

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox.draws import Draws
from service.sandbox.latency import Delays, LatencyModel, OperationLatency, Outage

MODEL = LatencyModel(
    default=OperationLatency(100.0, 0.5),
    operations={"me": OperationLatency(300.0, 0.2), "whatsapp.message": OperationLatency(50.0)},
)
calls = st.lists(st.tuples(st.sampled_from(["me", "realtimePrice"]), st.sampled_from("ab")), max_size=30)


def delays_of(made: Sequence[tuple[str, str]], model: LatencyModel = MODEL, seed: int = 1) -> dict[object, float]:
    """The delay of each call by what it was and how often it was made before."""
    delays = Delays(model, seed, 0.0)
    seen: dict[tuple[str, str], int] = {}
    found: dict[object, float] = {}
    for operation, identity in made:
        seen[operation, identity] = seen.get((operation, identity), 0) + 1
        found[operation, identity, seen[operation, identity]] = delays.draw((operation,), identity, 0.0).delay_s
    return found


@settings(deadline=None)
@given(calls, calls)
def test_the_same_kth_call_takes_as_long_in_every_arm(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    first, second = delays_of(one), delays_of(other)
    assert {key: first[key] for key in first.keys() & second.keys()} == {
        key: second[key] for key in first.keys() & second.keys()
    }


def test_delays_are_lognormal() -> None:
    delays = Delays(MODEL, 1, 0.0)
    drawn = sorted(delays.draw(("realtimePrice",), str(i), 0.0).delay_s for i in range(4_000))
    assert median(drawn) == pytest.approx(0.1, rel=0.05)
    # A standard deviation above the median is exp(0.5) times the median.
    assert drawn[int(0.8413 * len(drawn))] == pytest.approx(0.1649, rel=0.06)


def test_calls_of_one_kind_differ_from_each_other_and_between_seeds() -> None:
    once = delays_of([("me", "a")] * 20)
    assert len(set(once.values())) == 20
    assert once != delays_of([("me", "a")] * 20, seed=2)


def test_a_batch_is_as_slow_as_its_slowest_part() -> None:
    model = LatencyModel(operations={"a": OperationLatency(10), "b": OperationLatency(30)})
    assert Delays(model, 1, 0.0).draw(("a", "b"), "", 0.0).delay_s == 0.03


def test_without_a_model_everything_is_instant() -> None:
    delay = Delays(LatencyModel(), 1, 0.0).draw(("me",), "", 0.0)
    assert (delay.delay_s, delay.trouble) == (0.0, None)


@pytest.mark.parametrize(
    ("kind", "delay_s", "trouble"), [("error", 0.01, "error"), ("timeout", 7.0, "timeout"), ("slow", 0.05, None)]
)
def test_an_outage_has_its_time_and_its_service(kind: str, delay_s: float, trouble: str | None) -> None:
    outage = msgspec.convert({"start_s": 10, "duration_s": 5, "kind": kind, "factor": 5.0}, Outage)
    model = LatencyModel(OperationLatency(10), outages=(outage,), hang_s=7.0)
    delays = Delays(model, 1, 1_000.0)
    seen = [delays.draw(("me",), "", 1_000.0 + at_s) for at_s in (9.9, 10.0, 14.9, 15.0)]
    assert [(d.delay_s, d.trouble) for d in seen] == [(0.01, None), *[(delay_s, trouble)] * 2, (0.01, None)]
    assert delays.draw(("whatsapp.message",), "", 1_012.0).trouble is None


def test_failures_have_their_share() -> None:
    delays = Delays(LatencyModel(OperationLatency(10), failure_rate=0.1), 1, 0.0)
    failed = sum(delays.draw(("me",), str(i), 0.0).trouble == "error" for i in range(4_000))
    assert 320 < failed < 480


def test_a_model_can_be_written_in_a_file() -> None:
    raw = {
        "default": {"median_ms": 80, "sigma": 0.3},
        "operations": {"me": {"median_ms": 120}},
        "outages": [{"start_s": 5, "duration_s": 1, "kind": "timeout", "service": "whatsapp"}],
    }
    model = msgspec.convert(raw, LatencyModel)
    assert model.operations["me"].median_ms == 120
    assert model.outages[0].service == "whatsapp"


def test_delays_do_not_depend_on_the_machine() -> None:
    assert delays_of([("me", "a")]) == {("me", "a", 1): 0.29035}


def test_counts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.sandbox.draws._MAX_COUNTED", 2)
    draws = Draws(1, "test")
    first = draws.next("a")
    draws.next("b")
    draws.next("c")
    assert len(draws._counts) == 2
    assert draws.next("a") == first
