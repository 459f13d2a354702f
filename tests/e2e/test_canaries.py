"""Nothing secret or personal comes out of a service that links, pays and fails at the most talkative log level."""

import time
from pathlib import Path
from typing import Any

import pytest
import redis

from service.sandbox.client import readable
from service.sandbox.webhooks import sign, text_message, webhook_body
from tests import canaries
from tests.e2e.kit import Service, eventually, pulse, serving

pytestmark = pytest.mark.real

NUMBER = "15550000000"
ENVIRON = {**canaries.SECRETS, "WHATSAPP_PHONE_NUMBER_ID": NUMBER, "PULSE_LOG_LEVEL": "debug"}
ACCOUNTS = ("alice", "bob", "carol")


def said(body: dict[str, Any]) -> str:
    return readable(body)[0]


def link(service: Service, who: str) -> None:
    service.say(who, "link")
    service.say(who, "verify 000000")
    assert "linked" in said(service.say(who, f"verify {service.user(who)['otp']}")).lower()


def pay(service: Service, who: str, words: str) -> str:
    """Says it, says yes, and gives what the bot says then."""
    return said(service.tap(who, readable(service.say(who, words))[1][0]))


def invoice_of(service: Service, who: str) -> str:
    """An invoice that somebody asked for, as the bot wrote it."""
    service.say(who, f"receive 1 for {canaries.MEMO}")

    def look() -> str | None:
        bodies = [str(message["body"]) for message in service._look("messages")["messages"]]
        words = [word.strip("'\",{}") for body in bodies for word in body.replace("\\n", " ").split()]
        return next((word for word in words if word.startswith("lnbc")), None)

    return eventually(look)


def misuse(service: Service) -> list[int]:
    """Webhooks that are refused, with as much in them as in good ones."""
    phone = service.user("alice")["wa_id"]
    message = text_message(phone, f"verify {service.user('alice')['otp']}", message_id="m", sent_at_s=time.time())
    body = webhook_body([message], phone_number_id=NUMBER)
    good = sign(body, canaries.APP_SECRET)
    query = {"hub.mode": "subscribe", "hub.verify_token": canaries.VERIFY_TOKEN + "x", "hub.challenge": "1"}
    return [
        service.deliver(body, canaries.APP_SECRET),
        service.deliver(body, good[:-1]),
        service.deliver(body[:-9], sign(body[:-9], canaries.APP_SECRET)),
        service.get("/webhook/whatsapp", **query).status_code,
    ]


def live(service: Service) -> str:
    """A day in the life of a bot, and an invoice that was in it."""
    for who in ACCOUNTS:
        link(service, who)
    assert misuse(service) == [401, 401, 400, 403]
    assert pay(service, "alice", f"send 5 to @bob for {canaries.MEMO}").startswith("Paid")
    invoice = invoice_of(service, "bob")
    assert pay(service, "alice", f"pay {invoice}").startswith("Paid")
    for troubled in ("5.03", "5.02", "4.44", "4.04"):
        assert not pay(service, "alice", f"send {troubled} to @bob").startswith("Paid")
    assert not pay(service, "alice", f"send 5.13 to {service.user('carol')['phone']}").startswith("Paid")
    for words in ("add contact Mum 8765550102", "history", "contacts", "balance", "unlink"):
        service.say("alice", words)
    return invoice


def look_around(place: Path, payments: list[str]) -> str:
    """What operators' commands show."""
    commands = (
        ("flags", "disable", "1.1"),
        ("flags", "list"),
        ("flags", "history"),
        ("cache", "warm"),
        ("cache", "stats"),
        ("cache", "clear"),
        ("parse", "send 5 to @bob"),
        ("payments", "list"),
        *(("payments", "show", name) for name in payments),
        ("serve", "--port", "0", "--sandbox"),  # refused: one runs already
    )
    done = [pulse(place, *command, more=ENVIRON) for command in commands]
    assert [each.returncode for each in done] == [0] * (len(commands) - 1) + [2]
    return "".join(each.stdout + each.stderr for each in done)


def test_no_canary_comes_out_of_a_service_and_its_commands(tmp_path: Path) -> None:
    with serving(tmp_path, "--sandbox", more=ENVIRON) as service:
        invoice = live(service)
        codes = [service.user(who)["otp"] for who in ACCOUNTS]
        with redis.Redis.from_url(service.running.store_url) as store:
            payments = [key.decode().removeprefix("payment:") for key in store.keys("payment:*")]
        assert len(payments) == 7
        shown = look_around(tmp_path, payments)
        published = _figures(service)
        with redis.Redis.from_url(service.running.store_url) as store:
            store.shutdown(nosave=True)
        body = webhook_body(
            [text_message(service.user("bob")["wa_id"], "balance", message_id="m2", sent_at_s=time.time())],
            phone_number_id=NUMBER,
        )
        eventually(lambda: service.deliver(body, sign(body, canaries.APP_SECRET)) == 503 or None)
        service.stop()
    log = (tmp_path / "serve.log").read_text()
    assert '"level":' in log
    facts = (tmp_path / "data" / "serve.json").read_text() if (tmp_path / "data" / "serve.json").exists() else ""
    for place, text in (("log", log), ("commands", shown), ("figures", published), ("serve.json", facts)):
        assert (place, canaries.found_in(text)) == (place, [])
        assert (place, invoice in text) == (place, False)
        assert (place, [code for code in codes if _as_a_word(code, text)]) == (place, [])


def _as_a_word(digits: str, text: str) -> bool:
    """Whether it stands by itself: the fraction of a time may be the same by chance."""
    words = text.replace('"', " ").replace(",", " ").split()
    return digits in words


def _figures(service: Service) -> str:
    """The names of all keys that are not about one user, and what instances publish."""
    with redis.Redis.from_url(service.running.store_url) as store:
        names = [key.decode() for key in store.keys("*") if not key.startswith((b"alias:", b"phone:"))]
        stats = [store.get(name) for name in names if name.startswith("stats:") and name != "stats:instances"]
    return f"{names} {stats}"


def test_no_canary_is_in_the_run_of_a_bench(tmp_path: Path) -> None:
    done = pulse(tmp_path, "bench", "--minutes", "0.5", "--json", "run.json", more=ENVIRON)
    assert done.returncode == 0
    for text in (done.stdout, done.stderr, (tmp_path / "run.json").read_text()):
        assert canaries.found_in(text) == []
