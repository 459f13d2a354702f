"""A reply that was stored, and whose sender never heard of it, leaves before the replies to later messages."""

from profiles.simredis.connection import Line
from profiles.simulate.cases import run_case
from profiles.simulate.history import Said
from profiles.simulate.store_side import StoreSide
from service.store.outbox import FINISH


def test_a_reply_whose_storing_was_never_confirmed_is_sent_with_the_next_sweep_and_not_a_minute_later(
    monkeypatch: object,
) -> None:
    """Both tries to store the answer to the yes take effect, and both times the line breaks."""
    carry = StoreSide._carry
    broken: list[Line] = []

    def break_twice(self: StoreSide, line: Line, data: bytes, delay_s: float, fault: str | None) -> object:
        if FINISH.sha.encode() in data and b"*Paid*" not in data and b"Paid: " in data and len(broken) < 2:
            broken.append(line)
            line.feed(data)
            return None
        return carry(self, line, data, delay_s, fault)

    monkeypatch.setattr(StoreSide, "_carry", break_twice)  # type: ignore[attr-defined]  # pytest's own fixture
    said = run_case(None).history.of(Said)
    assert len(broken) == 2
    [paid] = [one for one in said if one.text.startswith("Paid: ")]
    assert paid.about == "wamid.YES"
    assert paid.at_s < 10
