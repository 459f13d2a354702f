"""What is sent under load, and where it may be sent."""

import asyncio

import httpx
import msgspec
import pytest

from profiles.load.messages import SAFE, messages
from profiles.load.target import check_address, sandbox_of, webhook_target
from profiles.workload import load_workload
from service.core.errors import ConfigError, PulseError

SECRET = "a-secret-of-the-app"


def test_every_time_has_a_message_with_an_id_of_this_run() -> None:
    times_s = [number / 7 for number in range(300)]
    trace = messages(load_workload("load"), 1, times_s, "RUN")
    assert [one.at_s for one in trace.arrivals] == times_s
    assert len({one.wamid for one in trace.arrivals}) == 300
    assert all(one.wamid.startswith("wamid.RUN") for one in trace.arrivals)


def test_nothing_is_sent_that_moves_money_or_answers_a_question() -> None:
    trace = messages(load_workload("reference"), 1, [0.1] * 2_000, "RUN")
    assert {one.intent for one in trace.arrivals} <= SAFE
    assert not [one for one in trace.arrivals if one.follows or one.duplicate_of or one.invoice or "{" in one.text]


def test_the_same_seed_asks_the_same() -> None:
    one, again, other = (messages(load_workload("load"), seed, [0.0] * 50, "R") for seed in (1, 1, 2))
    assert one.digest == again.digest != other.digest


def test_a_workload_without_questions_is_refused() -> None:
    workload = load_workload("load")
    mix = msgspec.structs.replace(
        workload.mix, **dict.fromkeys(msgspec.structs.asdict(workload.mix), 0.0) | {"send": 1.0}
    )
    with pytest.raises(ConfigError, match="no message that only asks"):
        messages(msgspec.structs.replace(workload, mix=mix), 1, [0.0], "R")


@pytest.mark.parametrize(
    ("url", "webhook"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/webhook/whatsapp"),
        ("http://localhost:8080/", "http://localhost:8080/webhook/whatsapp"),
        ("http://[::1]:8080/bot/hook", "http://[::1]:8080/bot/hook"),
    ],
)
def test_a_bot_of_this_machine_may_be_put_under_load(url: str, webhook: str) -> None:
    check_address("--url", url, far=False)
    target = webhook_target(url, SECRET, "1")
    assert (target.webhook_url, SECRET in repr(target)) == (webhook, False)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://bot.example", "i-may-load-this-host"),
        ("http://127.0.0.1.example:80", "i-may-load-this-host"),
        ("http://127.0.0.1@bot.example", "i-may-load-this-host"),
        ("http://192.168.0.7", "i-may-load-this-host"),
        ("127.0.0.1:8080", "no address"),
        ("ftp://127.0.0.1", "no address"),
        ("http://127.0.0.1:x", "no address"),
        ("http://[x", "no address"),
    ],
)
def test_a_stranger_is_refused_and_so_is_what_is_no_address(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_address("--url", url, far=False)


def test_somebody_who_says_so_may_load_another_host() -> None:
    check_address("--url", "https://bot.example", far=True)


@pytest.mark.parametrize(("secret", "number"), [("", "1"), (SECRET, "")])
def test_messages_cannot_be_signed_without_a_secret(secret: str, number: str) -> None:
    with pytest.raises(ConfigError, match="WHATSAPP_APP_SECRET"):
        webhook_target("http://127.0.0.1:1", secret, number)


@pytest.mark.parametrize(
    ("body", "sandbox"),
    [
        (b'{"status":"ok","sandbox":"http://127.0.0.1:9"}', "http://127.0.0.1:9"),
        (b'{"status":"ok"}', None),
        (b'{"sandbox":7}', None),
        (b"[]", None),
        (b"hello", None),
    ],
)
def test_a_bot_says_which_sandbox_it_talks_to(body: bytes, sandbox: str | None) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=body)

    url = "http://127.0.0.1:8080/webhook/whatsapp"
    assert asyncio.run(sandbox_of(url, httpx.MockTransport(answer))) == sandbox
    assert asked == ["http://127.0.0.1:8080/health"]


def test_nobody_at_the_address_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(PulseError, match="no bot answers at http"):
        asyncio.run(sandbox_of("http://127.0.0.1:1"))
