"""Traces: the same for the same seed everywhere, and like the model they are drawn from."""

import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import pytest

from profiles.arrivals import messages_per_session
from profiles.trace import Arrival, Trace, draw
from profiles.workload import load_workload
from profiles.workload_model import (
    Answers,
    Arrivals,
    Duplicates,
    Latency,
    Mix,
    Sends,
    Sessions,
    Spam,
    Upstream,
    Users,
    Workload,
)
from service.commands.parsing import amount_answer, parse

WORKLOAD = Workload(
    name="test",
    title="For tests",
    duration_minutes=30,
    users=Users(count=200, linked_share=0.8, currencies={"USD": 3.0, "JMD": 1.0}),
    arrivals=Arrivals(messages_per_s=2.0, cv=1.5, diurnal=(1.0, 3.0)),
    mix=Mix(balance=4, send=4, price=2, contacts=1, receive=1, link=0.5, unlink=0.2, unknown=0.5),
    upstream=Upstream(default=Latency(median_ms=100)),
    sends=Sends(answers=Answers(amount=0.2, tap_share=0.3)),
    spam=Spam(share=0.05),
    duplicates=Duplicates(share=0.05),
)
PINNED = "9f4e5469ad08b22cf2340ba8a96db9cc036415d43cdd7711dea18c5edbb5c969"


def altered(**changes: object) -> Workload:
    return msgspec.structs.replace(WORKLOAD, **changes)


def by_user(trace: Trace) -> dict[int, list[Arrival]]:
    users = defaultdict(list)
    for arrival in trace.arrivals:
        users[arrival.user].append(arrival)
    return users


def by_wamid(trace: Trace) -> dict[str, Arrival]:
    return {arrival.wamid: arrival for arrival in trace.arrivals if arrival.duplicate_of is None}


@pytest.fixture(scope="module")
def trace() -> Trace:
    return draw(WORKLOAD, seed=1)


def test_the_digest_is_the_same_on_every_machine_and_python(trace: Trace) -> None:
    assert trace.digest == PINNED


def test_the_same_seed_gives_the_same_trace_in_processes_of_other_hash_seeds() -> None:
    program = (
        "from profiles.trace import draw; from profiles.workload import load_workload as load;"
        "print(draw(load('reference'), 7, 10).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("0", "1", "12345")
    }
    assert digests == {draw(load_workload("reference"), 7, 10).digest}


def test_another_seed_gives_another_trace(trace: Trace) -> None:
    assert draw(WORKLOAD, seed=2).digest != trace.digest


def test_a_shorter_trace_is_the_beginning_of_a_longer_one(trace: Trace) -> None:
    shorter = draw(WORKLOAD, seed=1, minutes=10)
    assert shorter.arrivals == tuple(arrival for arrival in trace.arrivals if arrival.at_s < 600)
    assert shorter.population == trace.population


def test_a_trace_may_be_longer_than_the_workload() -> None:
    longer = draw(WORKLOAD, seed=1, minutes=60)
    assert longer.arrivals[-1].at_s > 0.95 * 3600


def test_times_are_sorted_and_grow_strictly_for_each_user(trace: Trace) -> None:
    times = [arrival.at_s for arrival in trace.arrivals]
    assert times == sorted(times)
    for arrivals in by_user(trace).values():
        assert all(one.at_s < other.at_s for one, other in pairwise(arrivals))


def test_times_are_whole_microseconds_within_the_run(trace: Trace) -> None:
    assert all(arrival.at_s == round(arrival.at_s, 6) for arrival in trace.arrivals)
    assert all(0 <= arrival.at_s < 1800 for arrival in trace.arrivals)


def test_the_rate_is_that_of_the_workload() -> None:
    plain = altered(duration_minutes=180, spam=Spam(share=0), duplicates=Duplicates(share=0))
    rates = [len(draw(plain, seed).arrivals) / (180 * 60) for seed in range(2)]
    assert sum(rates) / 2 == pytest.approx(2.0, rel=0.06)


def test_the_rate_follows_the_curve(trace: Trace) -> None:
    early = sum(arrival.at_s < 900 for arrival in trace.arrivals)
    assert early / len(trace.arrivals) == pytest.approx(0.25, abs=0.06)


def test_gaps_are_as_bursty_as_asked() -> None:
    calm = altered(
        users=Users(count=20_000, popularity_exponent=0, linked_share=1),
        arrivals=Arrivals(messages_per_s=5.0, cv=3.0),
        sessions=Sessions(commands=1.0),
        mix=Mix(balance=1),
        spam=Spam(share=0),
        duplicates=Duplicates(share=0),
    )
    times = [arrival.at_s for arrival in draw(calm, 1, 60).arrivals]
    gaps = [other - one for one, other in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation / mean == pytest.approx(3.0, rel=0.1)


def test_a_session_has_as_many_messages_as_computed() -> None:
    assert messages_per_session(altered(sessions=Sessions(commands=4.0), mix=Mix(balance=1))) == 4.0


def test_the_first_user_writes_most() -> None:
    uneven = draw(altered(users=Users(count=200, popularity_exponent=1.0)), seed=1)
    counts = Counter(arrival.user for arrival in uneven.arrivals)
    assert sum(counts[user] for user in range(10)) > 4 * sum(counts[user] for user in range(100, 110))


def test_every_text_means_what_its_label_says(trace: Trace) -> None:
    wrong = [
        (arrival.text, arrival.intent)
        for arrival in trace.arrivals
        if "{" not in arrival.text
        and (
            arrival.intent != parse(arrival.text).type
            if arrival.intent != "amount"
            else not amount_answer(arrival.text)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["reference", "quiet", "burst", "spam", "outage"])
def test_every_text_of_a_shipped_workload_means_what_its_label_says(name: str) -> None:
    texts = {(arrival.text, arrival.intent) for arrival in draw(load_workload(name), 3).arrivals}
    commands = {(text, intent) for text, intent in texts if "{" not in text and intent != "amount"}
    assert {(text, parse(text).type.value) for text, _ in commands} == commands


def test_an_answer_comes_after_its_question_within_its_limits(trace: Trace) -> None:
    first = by_wamid(trace)
    answers = [arrival for arrival in first.values() if arrival.follows]
    waits = [arrival.at_s - first[arrival.follows].at_s for arrival in answers if arrival.follows]
    assert min(waits) >= WORKLOAD.sends.answers.min_s
    assert max(waits) <= 2 * 1.0 + WORKLOAD.sends.answers.max_s
    assert {"confirm", "cancel", "amount", "verify", "unlink"} == {arrival.intent for arrival in answers}


def test_between_a_question_and_its_answer_the_user_writes_nothing_else(trace: Trace) -> None:
    for arrivals in by_user(trace).values():
        new = [arrival for arrival in arrivals if arrival.duplicate_of is None]
        for before, after in pairwise(new):
            if after.follows and before.follows != after.follows:
                asked = next(arrival for arrival in new if arrival.wamid == after.follows)
                assert (before.text, before.intent) == (asked.text, asked.intent)


def test_a_duplicate_repeats_its_message_some_seconds_later(trace: Trace) -> None:
    first = by_wamid(trace)
    again = [arrival for arrival in trace.arrivals if arrival.duplicate_of]
    assert {round(arrival.at_s - first[arrival.wamid].at_s) for arrival in again} == {4, 16, 64}
    for arrival in again:
        assert (
            msgspec.structs.replace(arrival, at_s=first[arrival.wamid].at_s, duplicate_of=None) == first[arrival.wamid]
        )


def test_the_share_of_duplicates_is_that_of_the_workload(trace: Trace) -> None:
    again = sum(arrival.duplicate_of is not None for arrival in trace.arrivals)
    assert again / len(by_wamid(trace)) == pytest.approx(0.05, abs=0.015)


def test_spam_is_the_same_text_in_new_messages_within_a_second() -> None:
    loud = draw(altered(spam=Spam(share=1.0, min_copies=3, max_copies=3), duplicates=Duplicates(share=0)), seed=1)
    bursts = Counter(
        (arrival.user, arrival.text, arrival.intent) for arrival in loud.arrivals if arrival.intent == "price"
    )
    assert bursts
    for arrivals in by_user(loud).values():
        prices = [arrival for arrival in arrivals if arrival.intent == "price"][:3]
        if len(prices) == 3 and arrivals[-1].at_s < 1799:
            assert len({arrival.wamid for arrival in prices}) == 3
            assert prices[2].at_s - prices[0].at_s <= 1.0
            assert len({arrival.text for arrival in prices}) == 1


def test_what_uses_up_tries_is_never_spammed() -> None:
    loud = draw(altered(spam=Spam(share=1.0), duplicates=Duplicates(share=0)), seed=1)
    for arrivals in by_user(loud).values():
        limited = [arrival.at_s for arrival in arrivals if arrival.intent in {"link", "verify", "unlink"}]
        assert all(later - earlier > 1 for earlier, later in pairwise(limited))


def test_message_ids_are_unique(trace: Trace) -> None:
    assert len({arrival.wamid for arrival in trace.arrivals}) == sum(
        arrival.duplicate_of is None for arrival in trace.arrivals
    )


def test_strangers_use_nothing_that_needs_an_account(trace: Trace) -> None:
    linked = {user: member.linked for user, member in enumerate(trace.population)}
    for arrival in trace.arrivals:
        if not linked[arrival.user]:
            assert arrival.intent in {"help", "price", "unknown", "link", "verify"} or arrival.duplicate_of
        if arrival.intent == "verify":
            linked[arrival.user] = True
        if arrival.text == "unlink confirm" and not arrival.duplicate_of:
            linked[arrival.user] = False


def test_a_taps_text_is_that_of_its_button(trace: Trace) -> None:
    taps = [arrival for arrival in trace.arrivals if arrival.kind == "button"]
    assert {arrival.text for arrival in taps} == {"yes", "no"}
    assert all(arrival.follows for arrival in taps)


def test_an_invoice_is_somebody_elses(trace: Trace) -> None:
    invoices = [arrival for arrival in trace.arrivals if arrival.text == "{invoice}"]
    assert invoices
    assert all(arrival.invoice and arrival.invoice.payee != arrival.user for arrival in invoices)


def test_nobody_pays_themselves(trace: Trace) -> None:
    for arrival in trace.arrivals:
        member = trace.population[arrival.user]
        assert arrival.intent != "send" or (
            f"@{member.username}" not in arrival.text and member.phone not in arrival.text
        )


def test_a_balance_covers_everything_its_owner_sends(trace: Trace) -> None:
    sends = Counter(arrival.user for arrival in trace.arrivals if arrival.intent == "send")
    dearest = WORKLOAD.sends.amount_max_cents + 50
    assert all(count * dearest < trace.population[user].cents for user, count in sends.items())


def test_revisits_ask_again_for_what_was_read() -> None:
    again = altered(
        users=Users(count=200, linked_share=1),
        sessions=Sessions(commands=6.0, revisit_share=1.0),
        mix=Mix(balance=1, price=1, history=1),
    )
    asked = [{arrival.intent for arrival in arrivals} for arrivals in by_user(draw(again, seed=1, minutes=5)).values()]
    assert sum(len(intents) == 1 for intents in asked) > 0.6 * len(asked)
