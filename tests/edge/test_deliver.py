"""What a delivery answers, accepts, hands over and counts."""

import pytest

from service.core.errors import StoreError, StoreUnavailable
from tests.edge.kit import Site, envelope, text


def ids(site: Site) -> list[str]:
    return [message.id for message in site.inbox.accepted]


def numbered(*numbers: int) -> list[dict[str, object]]:
    return [text(id=f"wamid.{n}") for n in numbers]


def two_entries() -> bytes:
    first = envelope({"messages": numbered(1, 2)}, {"statuses": [{"status": "read"}]}, {"messages": numbered(3)})
    second = envelope({"messages": numbered(4)})
    return first[:-2] + b"," + second[second.index(b"[") + 1 :]


def test_every_message_of_every_entry_is_accepted_in_order_and_at_once() -> None:
    site = Site()
    assert site.post(two_entries()).status == 200
    assert (ids(site), site.inbox.calls) == ([f"wamid.{n}" for n in (1, 2, 3, 4)], 1)


def test_accepted_messages_are_handed_over_with_their_entry_and_user() -> None:
    site = Site()
    site.deliver(*numbered(1, 2))
    assert [(e.id, e.user, e.message.id) for e in site.handed] == [
        ("entry-wamid.1", "user-18765550001", "wamid.1"),
        ("entry-wamid.2", "user-18765550001", "wamid.2"),
    ]


def test_a_duplicate_is_answered_200_and_not_handed_over() -> None:
    site = Site()
    site.inbox.known = {"wamid.1"}
    assert site.deliver(*numbered(1, 2)).status == 200
    assert [e.message.id for e in site.handed] == ["wamid.2"]
    assert site.meter.by_label("messages") == {"duplicate": 1, "accepted": 1}


@pytest.mark.parametrize("error", [StoreUnavailable("down"), StoreError("read only")])
def test_without_a_store_the_answer_is_503_and_nothing_is_handed_over(error: StoreError) -> None:
    site = Site()
    site.inbox.error = error
    assert (site.deliver(text()).status, site.handed) == (503, [])


def test_without_room_the_answer_is_503_and_nothing_is_claimed() -> None:
    site = Site(room=False)
    assert (site.deliver(text()).status, site.inbox.calls) == (503, 0)


def test_a_delivery_without_messages_needs_neither_room_nor_store() -> None:
    site = Site(room=False)
    assert (site.post(envelope({"statuses": [{"status": "sent"}]})).status, site.inbox.calls) == (200, 0)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "text",
        [],
        {},
        text(id=None),
        text(id=""),
        text(id="x" * 257),
        text(id=5),
        text(**{"from": None}),
        text(**{"from": ""}),
        text(**{"from": 18765550001}),
        text(**{"from": "1" * 257}),
    ],
    ids=lambda bad: str(bad)[:40],
)
def test_a_message_without_an_id_or_a_sender_is_skipped_and_counted(bad: object) -> None:
    site = Site()
    assert site.deliver(text(id="wamid.a"), bad, text(id="wamid.b")).status == 200
    assert ids(site) == ["wamid.a", "wamid.b"]
    assert site.meter.by_label("messages") == {"accepted": 2, "unreadable": 1}


def test_a_text_with_a_lone_surrogate_hides_no_other_message() -> None:
    site = Site()
    assert site.deliver(text("né 👍", id="wamid.a"), text("half \ud83d", id="wamid.b")).status == 200
    assert [(m.id, m.text) for m in site.inbox.accepted] == [("wamid.a", "né 👍"), ("wamid.b", "half ?")]


@pytest.mark.parametrize("value", [None, 5, "x", [], {"messages": 5}, {"messages": None}, {"contacts": {}}], ids=str)
def test_a_change_that_cannot_be_read_is_skipped_and_counted(value: object) -> None:
    site = Site()
    assert site.post(envelope({"messages": numbered(1)}, value, {"messages": numbered(2)})).status == 200
    assert (ids(site), site.meter.by_label("messages")["unreadable"]) == (["wamid.1", "wamid.2"], 1)


def test_statuses_are_counted_under_a_closed_list_of_labels() -> None:
    site = Site()
    statuses = [{"status": s} for s in ("sent", "sent", "delivered", "read", "played", "failed", "mystery", "x" * 99)]
    assert site.post(envelope({"statuses": [*statuses, {"status": 5}, None, {}]})).status == 200
    assert site.meter.by_label("statuses") == {
        "sent": 2,
        "delivered": 1,
        "read": 1,
        "played": 1,
        "failed": 1,
        "other": 2,
    }


def test_every_answer_is_counted_by_its_status() -> None:
    site = Site()
    site.deliver(text())
    site.post(b"{}", b"forged")
    site.post(b"[]")
    assert site.meter.by_label("webhooks") == {"200": 1, "401": 1, "400": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"5",
        b'"text"',
        b"{",
        b'{"entry":{}}',
        b'{"entry":[5]}',
        b'{"entry":[{"changes":5}]}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"[" * 100_000,
        b'{"entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x":' + b'{"x":' * 100_000 + b"1" + b"}" * 100_001,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_signed_body_that_is_no_envelope_is_400_and_reaches_nobody(body: bytes) -> None:
    site = Site()
    assert (site.post(body).status, site.inbox.calls) == (400, 0)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"object":"page","entry":[]}', b'{"entry":[{}]}', b'{"entry":[{"changes":[]}]}']
)
def test_an_envelope_with_nothing_in_it_is_200(body: bytes) -> None:
    site = Site()
    assert (site.post(body).status, site.inbox.calls) == (200, 0)
