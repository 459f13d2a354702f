"""What a running service says of itself, to Prometheus, to Grafana and to `pulse top`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests import canaries
from tests.e2e.kit import Service, eventually, pulse, serving
from tests.e2e.test_canaries import ENVIRON, live

pytestmark = pytest.mark.real

DASHBOARD = json.loads((Path(__file__).parents[2] / "docs" / "grafana" / "pulse.json").read_text(encoding="utf-8"))
METRICS_TOKEN = "canary-metrics-token-61c8"
SUFFIXES = ("_bucket", "_sum", "_count")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="module")
def service(place: Path) -> Iterator[Service]:
    with serving(place, "--sandbox", more=ENVIRON | {"PULSE_SWITCHES": "+6.1"}) as running:
        live(running)
        eventually(lambda: True if "pulse_loop_lag_seconds_count" in running.get("/metrics").text else None)
        eventually(lambda: True if 'response_seconds_count{command="unlink"}' in running.get("/metrics").text else None)
        yield running


def samples(text: str) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def queries() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_what_happened_is_what_the_metrics_say(service: Service) -> None:
    found = samples(service.get("/metrics").text)
    answered = {dict(labels)["command"]: n for labels, n in found["pulse_response_seconds_count"].items()}
    assert {"link", "verify", "send", "confirm", "balance", "history", "contacts", "unlink"} <= set(answered)
    assert sum(answered.values()) == found["pulse_messages_total"][frozenset({("what", "accepted")})]
    commands = {dict(labels)["command"]: n for labels, n in found["pulse_commands_total"].items()}
    assert answered == commands
    moves = found["pulse_payment_transitions_total"]
    assert moves[frozenset({("before", "intended"), ("after", "settled")})] >= 2
    outcomes = {dict(labels)["outcome"] for labels in found["pulse_upstream_outcomes_total"]}
    assert {"answered", "no_answer"} <= outcomes
    assert found["pulse_webhooks_total"][frozenset({("status", "401")})] == 2
    assert found["pulse_switch_users_ratio"][frozenset({("item", "6.1"), ("phase", "6")})] == 1
    assert sum(found["pulse_store_round_trip_seconds_count"].values()) > 100
    assert found["pulse_resident_memory_bytes"][frozenset()] > 10_000_000


def test_nothing_secret_or_personal_is_in_the_metrics(service: Service) -> None:
    text = service.get("/metrics").text
    with redis.Redis.from_url(service.running.store_url) as store:
        ids = [key.decode().partition(":")[2] for key in store.keys("payment:*")]
        ids += [value.decode() for key in store.keys("phone:*") if (value := store.get(key))]
    users = service._look("users")["users"]
    personal = [str(user[fact]) for user in users for fact in ("wa_id", "phone", "username") if user.get(fact)]
    assert len(ids) >= 7
    assert len(personal) >= 6
    assert canaries.found_in(text) == []
    assert [one for one in (*ids, *personal) if one in text] == []


def test_labels_are_words_of_ours(service: Service) -> None:
    for family in text_string_to_metric_families(service.get("/metrics").text):
        if family.name == "pulse_build_info":
            continue
        values = {value for sample in family.samples for name, value in sample.labels.items() if name != "le"}
        assert [value for value in values if not re.fullmatch(r"[A-Za-z_-]*|[2-5]\d\d|\d\.\d|\d", value)] == []


def test_every_query_of_the_dashboard_is_about_series_that_are_there(service: Service) -> None:
    text = service.get("/metrics").text
    announced = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    for query in queries():
        names = re.findall(r"\bpulse_\w+", query)
        assert names, query
        for name in names:
            base = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)
            assert name in announced or announced.get(base) == "histogram", f"{name} in {query}"


def test_every_label_of_the_dashboard_is_one_that_the_series_have(service: Service) -> None:
    found = samples(service.get("/metrics").text)
    labels = {name: {key for one in series for key, _ in one} | {"instance"} for name, series in found.items()}
    assert [wrong for query in queries() for wrong in (*unmatched(query, labels), *ungrouped(query, labels))] == []


def unmatched(query: str, labels: dict[str, set[str]]) -> list[str]:
    """Labels by which series are chosen that do not have them; what has no samples yet cannot be judged."""
    chosen = re.findall(r"\b(pulse_\w+)\{([^}]*)\}", query)
    used = {name: set(re.findall(r"(\w+)\s*[=!]~?", matchers)) for name, matchers in chosen}
    return [f"{name}: {those - labels[name]}" for name, those in used.items() if those - labels.get(name, those)]


def ungrouped(query: str, labels: dict[str, set[str]]) -> list[str]:
    """Labels by which series are added up that none of them has."""
    names = re.findall(r"\bpulse_\w+", query)
    grouped = {one.strip() for group in re.findall(r"by \(([^)]*)\)", query) for one in group.split(",")}
    return sorted(grouped.difference(*(labels.get(name, grouped) for name in names)))


def test_pulse_top_shows_it(service: Service, place: Path) -> None:
    done = pulse(place, "top", "--once", "--since-start", more=ENVIRON)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("confirm", "p99", "flash closed", "6.1", "RSS"):
        assert word in done.stdout
    done = pulse(place, "top", "--once", "--interval", "0.2", "--json", more=ENVIRON)
    frame: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, frame["messages_per_s"], frame["breakers"]) == (0, 0.0, {"flash": "closed"})
    assert frame["interval_s"] >= 0.2


def test_switched_off_it_is_not_there_and_pulse_top_says_how_to_switch_it_on(tmp_path: Path) -> None:
    with serving(tmp_path, "--sandbox", "--phase", "0") as service:
        service.say("alice", "help")
        answer = service.get("/metrics")
        assert (answer.status_code, "pulse flags enable 6.1" in answer.text) == (404, True)
        done = pulse(tmp_path, "top", "--once")
        assert (done.returncode, "pulse flags enable 6.1" in done.stderr) == (2, True)
        assert pulse(tmp_path, "flags", "enable", "6.1").returncode == 0
        eventually(lambda: True if service.get("/metrics").status_code == 200 else None)
        service.say("alice", "help")
        found = eventually(
            lambda: (
                found if "pulse_response_seconds_count" in (found := samples(service.get("/metrics").text)) else None
            )
        )
        assert sum(found["pulse_commands_total"].values()) == 2
        assert sum(found["pulse_response_seconds_count"].values()) == 1


def test_a_token_is_asked_for_where_one_is_set_and_never_logged(tmp_path: Path) -> None:
    token = {"PULSE_METRICS_TOKEN": METRICS_TOKEN}
    with serving(
        tmp_path, "--sandbox", more={"PULSE_SWITCHES": "+6.1", "PULSE_LOG_LEVEL": "debug", **token}
    ) as service:
        assert service.get("/metrics").status_code == 401
        without = pulse(tmp_path, "top", "--once")
        assert (without.returncode, "PULSE_METRICS_TOKEN" in without.stderr) == (2, True)
        assert pulse(tmp_path, "top", "--once", "--since-start", more=token).returncode == 0
    assert METRICS_TOKEN not in (tmp_path / "serve.log").read_text()
