"""An app gets the webhooks of all its phone numbers; only ours are answered."""

from collections.abc import Sequence

import pytest

from tests.edge.kit import NUMBER, Site, envelope, text


def change(metadata: object, *messages: object, statuses: Sequence[object] = ()) -> dict[str, object]:
    return {"metadata": metadata, "messages": list(messages), "statuses": list(statuses)}


def test_a_message_to_another_number_of_the_app_is_counted_and_not_taken() -> None:
    site = Site()
    body = envelope(change({"phone_number_id": "15559999999"}, text(id="wamid.1"), text(id="wamid.2")))
    assert (site.post(body).status, site.inbox.calls) == (200, 0)
    assert site.meter.by_label("messages") == {"foreign": 2}


def test_a_message_to_us_beside_one_to_another_number_is_taken() -> None:
    site = Site()
    theirs = change({"phone_number_id": "15559999999"}, text(id="wamid.theirs"), {"no": "message"})
    ours = change({"phone_number_id": NUMBER}, text(id="wamid.ours"))
    assert site.post(envelope(theirs, ours, theirs)).status == 200
    assert [message.id for message in site.inbox.accepted] == ["wamid.ours"]
    assert site.meter.by_label("messages") == {"accepted": 1, "foreign": 4}


def test_a_status_of_another_number_is_not_counted_as_one_of_ours() -> None:
    site = Site()
    status = {"id": "wamid.1", "status": "read"}
    theirs, ours = ({"phone_number_id": number} for number in ("15559999999", NUMBER))
    site.post(envelope(change(theirs, statuses=[status]), change(ours, statuses=[status])))
    assert site.meter.by_label("statuses") == {"read": 1}


@pytest.mark.parametrize("metadata", [{}, {"display_phone_number": "1"}, {"phone_number_id": None}, None, [], "x", 7])
def test_a_change_that_does_not_say_whose_it_is_is_ours(metadata: object) -> None:
    site = Site()
    assert site.post(envelope(change(metadata, text()))).status == 200
    assert [message.id for message in site.inbox.accepted] == ["wamid.1"]


@pytest.mark.parametrize("number", ["", "1555000000", NUMBER + "0", f" {NUMBER}", "\x00"])
def test_a_number_that_only_looks_like_ours_is_foreign(number: str) -> None:
    site = Site()
    site.post(envelope(change({"phone_number_id": number}, text())))
    assert site.inbox.accepted == []
