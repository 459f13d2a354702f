from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.bolt11 import decode
from service.sandbox.invoices import encode_invoice, sandbox_signer


def make(**changes: Any) -> str:
    fields: dict[str, Any] = {
        "payment_hash": b"h" * 32,
        "payment_secret": b"s" * 32,
        "amount_msat": 2_500_000,
        "description": "1 cup coffee",
        "timestamp": 1_800_000_000,
        "expiry_s": 60,
    }
    return encode_invoice(sandbox_signer(), **(fields | changes))


@settings(deadline=None, max_examples=50)
@given(
    amount_msat=st.none() | st.integers(1, 10**15),
    description=st.text(max_size=150),
    timestamp=st.integers(0, 2**35 - 1),
    expiry_s=st.integers(0, 10**6),
    payment_hash=st.binary(min_size=32, max_size=32),
)
def test_what_is_written_is_read_again(
    amount_msat: int | None, description: str, timestamp: int, expiry_s: int, payment_hash: bytes
) -> None:
    invoice = decode(
        make(
            amount_msat=amount_msat,
            description=description,
            timestamp=timestamp,
            expiry_s=expiry_s,
            payment_hash=payment_hash,
        )
    )
    assert invoice.payment_hash == payment_hash.hex()
    assert (invoice.amount_msat, invoice.description) == (amount_msat, description)
    assert (invoice.timestamp, invoice.expires_at) == (timestamp, timestamp + expiry_s)


@pytest.mark.parametrize(
    ("amount_msat", "start"),
    [
        (None, "lnbc1"),
        (10**11, "lnbc11"),
        (2_500_000, "lnbc25u1"),
        (5 * 10**8, "lnbc5m1"),
        (300, "lnbc3n1"),
        (12_345, "lnbc123450p1"),
    ],
)
def test_amounts_are_written_the_shortest_way(amount_msat: int | None, start: str) -> None:
    assert make(amount_msat=amount_msat).startswith(start)


def test_the_same_invoice_is_the_same_text() -> None:
    assert make() == make()
    assert make() != make(payment_hash=b"g" * 32)


@pytest.mark.parametrize("amount_msat", [None, 1, 2_500_000, 10**11])
@pytest.mark.parametrize("description", ["", "kaffe og kage ☕"])
def test_another_decoder_finds_the_node_that_signed(amount_msat: int | None, description: str) -> None:
    oracle: Any = pytest.importorskip("bolt11", exc_type=ImportError)
    found = oracle.decode(make(amount_msat=amount_msat, description=description), strict=True)
    assert found.payee == sandbox_signer().public_key().hex()
    assert (found.amount_msat, found.description or "") == (amount_msat, description)
    assert found.payment_secret == (b"s" * 32).hex()
