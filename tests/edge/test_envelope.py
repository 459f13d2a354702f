"""What becomes of one message of each kind."""

import pytest

from service.core.messages import Incoming
from tests.edge.kit import NOW_S, Site, text

PERSON = {"wa_id": "18765550001", "user_id": "JM.123", "profile": {"name": "Ann"}}


def read(message: object, *contacts: object) -> Incoming:
    """The one message that the inbox got."""
    site = Site()
    assert site.deliver(message, contacts=contacts).status == 200
    [incoming] = site.inbox.accepted
    return incoming


def tapped(**interactive: object) -> dict[str, object]:
    return text(type="interactive", interactive=interactive)


def test_a_text_is_read_with_its_sender_and_times() -> None:
    assert read(text("send 5 to @bob")) == Incoming(
        id="wamid.1",
        sender="18765550001",
        phone="+18765550001",
        kind="text",
        text="send 5 to @bob",
        sent_at_s=1_749_999_990,
        received_at_s=NOW_S,
    )


def test_a_reply_button_gives_its_id_and_title() -> None:
    seen = read(tapped(type="button_reply", button_reply={"id": "pay:yes:1", "title": "Yes"}))
    assert (seen.kind, seen.button_id, seen.text) == ("button", "pay:yes:1", "Yes")


def test_a_menu_row_gives_its_id_and_title() -> None:
    row = {"id": "do:balance", "title": "Balance", "description": "what you have"}
    seen = read(tapped(type="list_reply", list_reply=row))
    assert (seen.kind, seen.button_id, seen.text) == ("button", "do:balance", "Balance")


def test_a_template_button_gives_its_payload() -> None:
    seen = read(text(type="button", button={"payload": "do:help", "text": "Help"}))
    assert (seen.kind, seen.button_id, seen.text) == ("button", "do:help", "Help")


@pytest.mark.parametrize(
    "message",
    [
        text(type="image", text=None, image={"id": "1", "mime_type": "image/png", "sha256": "00"}),
        text(type="location", text=None, location={"latitude": 18.0, "longitude": -76.8}),
        text(type="reaction", text=None, reaction={"message_id": "wamid.0", "emoji": "👍"}),
        text(type="unsupported", text=None, errors=[{"code": 131051}]),
        text(type="something of next year", text=None),
        text(type=None),
        text(type=7),
        text(text=None),
        text(text="a string instead of an object"),
        text(text={"body": 5}),
        tapped(type="nfm_reply", nfm_reply={"response_json": "{}"}),
        tapped(type="button_reply", button_reply="no object"),
        text(type="interactive", interactive=[]),
        text(type="button", button=None),
        text(type="button", button={"payload": 5}),
    ],
    ids=str,
)
def test_what_cannot_be_understood_is_unsupported_and_not_lost(message: object) -> None:
    seen = read(message)
    assert (seen.id, seen.sender, seen.kind, seen.button_id) == ("wamid.1", "18765550001", "unsupported", None)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1749999990", 1_749_999_990),
        (1_749_999_990, 1_749_999_990),
        ("0", 0),
        ("", int(NOW_S)),
        (None, int(NOW_S)),
        ("soon", int(NOW_S)),
        ("-5", int(NOW_S)),
        ("1.5", int(NOW_S)),
        ("1e9", int(NOW_S)),
        ("9" * 12, int(NOW_S)),
        ("9" * 5_000, int(NOW_S)),
        (10**5_00, int(NOW_S)),
        ("٣٤٥", int(NOW_S)),
        ({"seconds": 1}, int(NOW_S)),
        (True, int(NOW_S)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_time_that_cannot_be_read_is_the_time_of_arrival(timestamp: object, expected: int) -> None:
    assert read(text(timestamp=timestamp)).sent_at_s == expected


def test_contacts_give_the_name_and_the_second_identity() -> None:
    seen = read(text(), {"wa_id": "19995550000", "user_id": "JM.9", "profile": {"name": "Bob"}}, PERSON)
    assert (seen.name, seen.alias) == ("Ann", "JM.123")


def test_a_stranger_among_the_contacts_lends_no_name() -> None:
    seen = read(text(), {"wa_id": "19995550000", "user_id": "JM.9", "profile": {"name": "Bob"}})
    assert (seen.name, seen.alias) == (None, None)


def test_a_user_who_hides_the_phone_is_known_by_the_business_scoped_id() -> None:
    seen = read(text(**{"from": None, "from_user_id": "JM.123"}), {"user_id": "JM.123", "profile": {"name": "Ann"}})
    assert (seen.sender, seen.phone, seen.alias, seen.name) == ("JM.123", None, None, "Ann")


def test_a_message_with_both_identities_has_the_phone_first() -> None:
    seen = read(text(from_user_id="JM.123"))
    assert (seen.sender, seen.phone, seen.alias) == ("18765550001", "+18765550001", "JM.123")


@pytest.mark.parametrize("sender", ["JM.5", "18765x", "٣٤٥", "+1876"])
def test_only_digits_are_a_phone(sender: str) -> None:
    seen = read(text(**{"from": sender}))
    assert (seen.sender, seen.phone) == (sender, None)


@pytest.mark.parametrize("contact", [None, 5, {"wa_id": 5}, {"wa_id": "18765550001", "profile": None}, {"profile": []}])
def test_a_contact_that_cannot_be_read_costs_the_name_only(contact: object) -> None:
    assert (read(text(), contact).text, read(text(), contact, PERSON).name) == ("balance", "Ann")


def test_lengths_are_bounded() -> None:
    person = {"wa_id": "18765550001", "user_id": "J" * 1_000, "profile": {"name": "n" * 1_000}}
    long = read(text("x" * 10_000), person)
    pressed = read(tapped(button_reply={"id": "i" * 1_000, "title": "t" * 10_000}))
    assert (len(long.text), len(long.name or ""), long.alias) == (4_096, 256, None)
    assert (len(pressed.button_id or ""), len(pressed.text)) == (256, 4_096)


def test_of_a_key_given_twice_the_last_counts() -> None:
    site = Site()
    message = b'{"id":"1","from":"18765550001","type":"image","type":"text","text":{"body":"a","body":"b"}}'
    site.post(b'{"entry":[],"entry":[{"changes":[{"value":{"messages":[' + message + b"]}}]}]}")
    assert [m.text for m in site.inbox.accepted] == ["b"]
