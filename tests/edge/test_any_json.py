"""Whatever WhatsApp signs: an answer, never an exception, and nothing made up."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edge.kit import NOW_S, Site, envelope, text

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=20)  # lone surrogates too
)
KEYS = st.sampled_from(
    ("entry", "changes", "value", "messages", "statuses", "contacts", "id", "from", "type", "text", "body", "profile")
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)
FIELDS = ("id", "from", "from_user_id", "timestamp", "type", "text", "interactive", "button")
TYPES = st.sampled_from(("text", "interactive", "button", "image"))
ODD_MESSAGES = st.builds(
    lambda base, odd: {**base, **odd},
    TYPES.map(lambda kind: text(type=kind)),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4),
)


@given(ANYTHING)
def test_any_json_is_answered(value: Any) -> None:
    assert Site().post(json.dumps(value).encode()).status in {200, 400}


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(body: bytes) -> None:
    assert Site().post(body).status in {200, 400}


@given(st.lists(ANYTHING, max_size=3), st.lists(ANYTHING, max_size=3), st.lists(ANYTHING, max_size=3))
def test_any_lists_in_an_envelope_are_answered_200(messages: Any, contacts: Any, statuses: Any) -> None:
    site = Site()
    value = {"messages": messages, "contacts": contacts, "statuses": statuses}
    assert site.post(envelope(value)).status == 200
    assert site.meter.counts["messages", "unreadable"] + len(site.inbox.accepted) == len(messages)


@given(ODD_MESSAGES, st.lists(ANYTHING, max_size=2))
def test_an_odd_message_never_hides_a_good_one(odd: Any, contacts: Any) -> None:
    site = Site()
    assert site.deliver(odd, text("good", id="wamid.good"), contacts=contacts).status == 200
    assert (site.inbox.accepted[-1].id, site.inbox.accepted[-1].text) == ("wamid.good", "good")


@given(ODD_MESSAGES)
def test_what_is_accepted_is_within_bounds(odd: Any) -> None:
    site = Site()
    site.deliver(odd)
    for message in site.inbox.accepted:
        assert 0 < len(message.id) <= 256
        assert 0 < len(message.sender) <= 256
        assert message.kind in {"text", "button", "unsupported"}
        assert (message.button_id is not None) == (message.kind == "button")
        assert 0 <= message.sent_at_s < 10**11
        assert message.received_at_s == NOW_S
