"""`pulse serve` as a process, from the signed webhook to the reply that the sandbox's WhatsApp was sent."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from service.sandbox.client import readable
from service.sandbox.webhooks import sign, text_message, webhook_body
from service.serving import SANDBOX_SECRETS
from tests.e2e.kit import Service, eventually, pulse, serving

pytestmark = pytest.mark.real

SECRET = SANDBOX_SECRETS["whatsapp_app_secret"]
BOT = SANDBOX_SECRETS["whatsapp_phone_number_id"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for the tests that do not end it; each test acts as a user, or on a switch, of its own."""
    with serving(tmp_path_factory.mktemp("serve")) as up:
        yield up


def envelope(sender: str, text: str, message_id: str) -> bytes:
    message = text_message(sender, text, message_id=message_id, sent_at_s=time.time())
    return webhook_body([message], phone_number_id=BOT)


def said(body: dict[str, Any]) -> str:
    return readable(body)[0]


def link(service: Service, who: str) -> None:
    service.say(who, "link")
    assert "linked" in said(service.say(who, f"verify {service.user(who)['otp']}")).lower()


def test_a_signed_message_is_taken_and_its_reply_reaches_whatsapp(service: Service) -> None:
    sender = service.user("erin")["wa_id"]
    body = envelope(sender, "help", "wamid.signed")
    assert service.deliver(body, sign(body, SECRET)) == 200
    reply = service.reply_to("wamid.signed")
    assert reply["to"] == sender
    assert "Link my account" in [choice["title"] for choice in readable(reply)[1]]


def test_a_message_that_is_delivered_twice_is_answered_once(service: Service) -> None:
    sender = service.user("erin")["wa_id"]
    body = envelope(sender, "help", "wamid.twice")
    assert [service.deliver(body, sign(body, SECRET)) for _ in range(2)] == [200, 200]
    service.reply_to("wamid.twice")
    service.say("erin", "help")  # which is answered after whatever the second delivery would have made
    replies = [m["body"].get("biz_opaque_callback_data") for m in service._look("messages")["messages"]]
    assert replies.count("wamid.twice") == 1


@pytest.mark.parametrize("signature", ["", "sha256=00", sign(b"another body", SECRET)])
def test_a_message_with_a_wrong_signature_is_refused(service: Service, signature: str) -> None:
    body = envelope(service.user("erin")["wa_id"], "help", "wamid.forged")
    assert service.deliver(body, signature) == 401


def test_a_signature_by_another_secret_is_refused(service: Service) -> None:
    body = envelope(service.user("erin")["wa_id"], "help", "wamid.forged")
    assert service.deliver(body, sign(body, "another secret")) == 401


def test_whatsapps_handshake_needs_the_verify_token(service: Service) -> None:
    def shake(token: str) -> tuple[int, str]:
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "4711"}
        answer = service.get("/webhook/whatsapp", **query)
        return answer.status_code, answer.text

    assert shake(SANDBOX_SECRETS["whatsapp_verify_token"]) == (200, "4711")
    assert shake("a guess") == (403, "")


def test_health_and_readiness(service: Service) -> None:
    health = service.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert health.json()["sandbox"] == service.running.sandbox_url
    ready = service.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True})


def test_from_linking_to_a_payment_that_is_made_once(service: Service) -> None:
    link(service, "alice")
    assert "$250.00" in said(service.say("alice", "balance"))
    before = service.ledger()
    question = service.say("alice", "send 5 to @bob")
    assert "$5.00" in said(question)
    assert service.ledger()["transactions"] == before["transactions"]

    yes = readable(question)[1][0]
    assert said(service.tap("alice", yes)) == "Paid: *$5.00* to @bob."
    after = service.ledger()
    assert moved(before, after) == {"alice": -500, "bob": 500}

    service.tap("alice", yes)
    assert service.ledger()["balances_cents"] == after["balances_cents"]
    assert "$245.00" in said(service.say("alice", "balance"))
    assert after["totals"] == {"USD": 0, "BTC": 0}


def moved(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """The change of every balance that has changed, in cents."""
    changes = {name: cents - before["balances_cents"][name] for name, cents in after["balances_cents"].items()}
    return {name: cents for name, cents in changes.items() if cents}


def test_a_switch_that_is_set_is_listed_and_recorded(service: Service) -> None:
    disabled = pulse(service.place, "flags", "disable", "1.1")
    assert (disabled.returncode, disabled.stderr) == (0, "")
    assert "within 5 s" in disabled.stdout
    lines = pulse(service.place, "flags", "list").stdout.splitlines()
    assert [line for line in lines if line.startswith("1.1 ") and "on for 0 % of users" in line]
    assert pulse(service.place, "flags", "rollout", "1.1", "25").returncode == 0
    history = pulse(service.place, "flags", "history").stdout.splitlines()
    assert ["1.1  25 %" in history[0], "1.1  0 %" in history[1]] == [True, True]


def test_a_switch_acts_on_the_running_service_within_five_seconds(service: Service) -> None:
    """Without 3.1 each command keeps copies of its own, whose keys begin with its name."""

    def copies() -> list[str]:
        service.say("carol", "price")
        with redis.Redis.from_url(service.running.store_url) as store:
            return [key.decode() for key in store.keys("*site:price:*")]

    assert copies() == []
    assert pulse(service.place, "flags", "disable", "3.1").returncode == 0
    assert eventually(lambda: copies() or None, within_s=5.0)


def test_caches_can_be_warmed_looked_at_and_cleared(service: Service) -> None:
    service.say("dave", "price")
    warmed = pulse(service.place, "cache", "warm")
    assert (warmed.returncode, warmed.stderr) == (0, "")
    assert warmed.stdout.startswith("fetched ")
    assert warmed.stdout.endswith("failed 0\n")

    shown = eventually(lambda: _stats(service.place, "price"))
    assert "namespace" in shown

    cleared = pulse(service.place, "cache", "clear").stdout
    assert int(cleared.removeprefix("deleted ").removesuffix(" entries\n")) > 0


def _stats(place: Path, namespace: str) -> str | None:
    text = pulse(place, "cache", "stats").stdout
    return text if namespace in text else None


def test_clearing_the_caches_leaves_links_alone(service: Service) -> None:
    link(service, "bob")
    assert pulse(service.place, "cache", "clear").returncode == 0
    assert "@bob" in said(service.say("bob", "username"))


def test_a_conversation_with_the_running_bot(service: Service) -> None:
    chat = pulse(service.place, "chat", "--as", "carol", stdin="help\nprice\n")
    assert (chat.returncode, chat.stderr) == (0, "")
    assert "You are carol" in chat.stdout
    assert "No bot runs here" not in chat.stdout
    _assert_dialogue(chat.stdout)


def test_a_conversation_with_a_bot_of_its_own(tmp_path: Path) -> None:
    chat = pulse(tmp_path, "chat", "--as", "alice", stdin="help\nprice\n")
    assert (chat.returncode, chat.stderr) == (0, "")
    assert "No bot runs here" in chat.stdout
    _assert_dialogue(chat.stdout)
    assert not (tmp_path / "data").exists()


def _assert_dialogue(output: str) -> None:
    """Each line is answered before the next one is said."""
    _, helped, priced = output.split("> ")
    assert helped.startswith("help\n  | ")
    assert priced.startswith("price\n  | One bitcoin is ")


def test_a_stopped_service_leaves_nothing_behind_and_remembers_who_is_linked(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        link(first, "dave")
        assert first.stop() == 0
        assert not (tmp_path / "data" / "serve.json").exists()
    with serving(tmp_path) as second:
        assert "$80.75" in said(second.say("dave", "balance"))


def test_a_second_service_on_the_same_data_is_refused(service: Service) -> None:
    refused = pulse(service.place, "serve", "--port", "0")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: another process runs the store")
    assert refused.stderr.count("\n") == 1
    assert service.get("/ready").status_code == 200


def test_without_credentials_it_says_that_no_money_is_real(service: Service) -> None:
    assert "SANDBOX: Flash and WhatsApp are simulated" in (service.place / "serve.log").read_text()
