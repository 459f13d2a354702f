import hashlib
import hmac
import subprocess
import sys

import msgspec

from service.sandbox.webhooks import (
    button_message,
    list_message,
    media_message,
    sign,
    status_update,
    text_message,
    unsupported_message,
    webhook_body,
)

ALICE = "18765550101"
AT_S = 1_800_000_000.9


def test_a_text_is_wrapped_as_whatsapp_does_it() -> None:
    message = text_message(ALICE, "balance", message_id="wamid.1", sent_at_s=AT_S, name="Alice")
    assert msgspec.json.decode(webhook_body([message], phone_number_id="42")) == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "100000000000001",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {"display_phone_number": "18765550100", "phone_number_id": "42"},
                            "contacts": [{"profile": {"name": "Alice"}, "wa_id": ALICE}],
                            "messages": [
                                {
                                    "from": ALICE,
                                    "id": "wamid.1",
                                    "timestamp": "1800000000",
                                    "type": "text",
                                    "text": {"body": "balance"},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


def test_taps_and_choices_carry_their_ids() -> None:
    tap = button_message(ALICE, "yes:1", "Yes", message_id="m", sent_at_s=AT_S).fields
    choice = list_message(ALICE, "row", "Row", message_id="m", sent_at_s=AT_S).fields
    assert tap["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes:1", "title": "Yes"}}
    assert choice["interactive"] == {"type": "list_reply", "list_reply": {"id": "row", "title": "Row"}}


def test_other_types_have_their_shapes() -> None:
    voice = media_message(ALICE, "audio", "audio/ogg; codecs=opus", message_id="m", sent_at_s=AT_S).fields
    strange = unsupported_message(ALICE, message_id="m", sent_at_s=AT_S).fields
    assert (voice["type"], voice["audio"]["mime_type"]) == ("audio", "audio/ogg; codecs=opus")
    assert (strange["type"], strange["errors"][0]["code"]) == ("unsupported", 131051)


def test_one_post_carries_messages_duplicates_and_statuses() -> None:
    message = text_message(ALICE, "hi", message_id="wamid.1", sent_at_s=AT_S)
    statuses = [status_update("wamid.9", status, ALICE, at_s=AT_S) for status in ("sent", "failed")]
    body = msgspec.json.decode(webhook_body([message, message], phone_number_id="42", statuses=statuses))
    value = body["entry"][0]["changes"][0]["value"]
    assert [m["id"] for m in value["messages"]] == ["wamid.1", "wamid.1"]
    assert [s["status"] for s in value["statuses"]] == ["sent", "failed"]
    assert value["statuses"][1]["errors"][0]["code"] == 131026


def test_a_post_of_statuses_alone_has_no_messages() -> None:
    body = msgspec.json.decode(webhook_body([], phone_number_id="42", statuses=[{"id": "wamid.9"}]))
    assert "messages" not in body["entry"][0]["changes"][0]["value"]


def test_the_signature_is_over_the_raw_bytes() -> None:
    body = '{"ü": 1}'.encode()
    assert sign(body, "s3cret") == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert sign(body + b" ", "s3cret") != sign(body, "s3cret")


def test_a_published_example_of_hmac_is_met() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"what do ya want for nothing?", "Jefe") == f"sha256={expected}"


def test_bodies_are_the_same_in_every_process() -> None:
    code = (
        "from service.sandbox.webhooks import *; print(webhook_body([media_message('1', 'image', 'image/png',"
        " message_id='m', sent_at_s=1)], phone_number_id='42'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
