"""What every message passes: parsing, signature, breaker, formatting."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from service.commands.parsing import parse
from service.core.breaker import Breaker, BreakerPolicy, Permit
from service.core.results import BalanceShown, Money
from service.edge.envelope import read_envelope
from service.edge.signature import is_signed
from service.reply.formatters import interactive
from service.sandbox.webhooks import sign, text_message, webhook_body

_BODY = webhook_body(
    [text_message("18765550101", "send 5 to @bob for lunch", message_id="wamid.1", sent_at_s=1_767_600_000.0)],
    phone_number_id="15550000000",
)
_SIGNATURE = sign(_BODY, "secret").encode()


@pytest.mark.parametrize("text", ["balance", "send 5 to @bob for lunch", "how much is bitcoin in jmd please"])
def test_parse(benchmark: BenchmarkFixture, text: str) -> None:
    assert benchmark(parse, text).type != "unknown"


def test_signature(benchmark: BenchmarkFixture) -> None:
    assert benchmark(is_signed, _BODY, _SIGNATURE, b"secret")


def test_envelope(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(read_envelope, _BODY, 1_767_600_000.0, "15550000000").messages) == 1


def test_breaker(benchmark: BenchmarkFixture) -> None:
    breaker = Breaker(BreakerPolicy())

    def call() -> None:
        permit = breaker.admit(1.0)
        assert isinstance(permit, Permit)
        breaker.record(permit, ok=True, now_s=1.0)

    benchmark(call)


def test_format(benchmark: BenchmarkFixture) -> None:
    assert benchmark(interactive, BalanceShown(Money(12_345)))
