"""`pulse load`, `pulse capacity` and `pulse doctor` as their users call them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.pulse_cli.kit import ROOT, Cli, pulse


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("load", "fast"), ("'fast' is no profile", "ramp:10..200/60s")),
        (("load", "5/5s", "--threshold", "p99"), ("'p99'", "no <", "p99<2s")),
        (("load", "5/5s", "--threshold", "p99<2s,rss_slope<5MB"), ("'rss_slope<5MB'", "rss_slope<5MB/M")),
        (("load", "5/5s", "--threshold", "rss_slope<5MB/M,rss_slope<6MB/M"), ("twice",)),
        (("load", "5/5s", "--threshold", "rss_slope<5MB/M"), ("needs 26,667 messages", "has about 25", "soak:50/15m")),
        (("load", "5/5s", "--phase", "9"), ("no phase 9",)),
        (("load", "5/5s", "--with", "1.1"), ("+1.1 to switch it on",)),
        (("load", "5/5s", "--workload", "nope"), ("nope", "no such workload")),
        (("load", "5/5s", "--json", "missing/run.json"), ("--json", "no directory missing")),
        (("load", "breakpoint:1..5/5s"), ("--threshold",)),
        (("load", "5/5s", "--sandbox-url", "http://127.0.0.1:1"), ("--sandbox-url", "--url")),
        (("load", "5/5s", "--url", "http://127.0.0.1:1"), ("no bot answers at http://127.0.0.1:1",)),
        (("load", "5/5s", "--url", "http://127.0.0.1:1", "--phase", "3"), ("--phase", "started")),
        (("load", "5/5s", "--url", "https://bot.example"), ("https://bot.example", "--i-may-load-this-host")),
        (("capacity", "--slo", "fast"), ("'fast'", "p99<2s")),
        (("capacity", "--repeats", "2"), ("--repeats 2", "3")),
        (("capacity", "--virtual", "--people", "5", "--seconds", "5"), ("--people, --seconds", "--virtual")),
        (("capacity", "--url", "nonsense"), ("--url nonsense", "http://127.0.0.1:8080")),
        (("capacity", "--phase", "9"), ("no phase 9",)),
    ],
)
def test_a_value_that_cannot_be_used_is_named(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    cli(*arguments).assert_refused(*words)


@pytest.mark.real
def test_an_arm_under_load_answers_and_is_judged(nowhere: None, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    done = pulse(
        "load", "40/1s", "--people", "20", "--cv", "0", "--threshold", "errors<=0%", "--json", str(file), "--phase", "3"
    )
    run = json.loads(file.read_bytes())
    assert "40 replies, 0 not" in done.output, done.errors
    assert (run["messages"], run["target"], run["outcome"]["judged"][0]["held"]) == (40, "phase-3", True)
    assert done.code == (3 if run["refused"] else 0)


@pytest.mark.real
def test_what_was_started_ends_with_the_command_that_is_told_to(nowhere: None) -> None:
    command = [sys.executable, "-m", "pulse_cli", "load", "1/60s", "--people", "5", "--no-keep"]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE) as running:
        parent = psutil.Process(running.pid)
        while not (started := parent.children(recursive=True)):
            assert running.poll() is None
            time.sleep(0.05)
        running.terminate()
        time.sleep(0.05)
        running.send_signal(signal.SIGTERM)  # an impatient one: what was started ends all the same
        assert running.wait() == 143
    assert not any(one.is_running() for one in started)


@pytest.mark.real
def test_doctor_finds_this_machine_fit_and_prints_json(cli: Cli) -> None:
    done = cli("doctor", "--json")
    found = json.loads(done.output)
    assert (done.code, found["ok"]) == (0, True), done.output
    assert {one["subject"] for one in found["findings"]} >= {"python", "valkey", "noise", "credentials"}


def test_doctor_fails_where_the_bot_would_not_start(cli: Cli) -> None:
    done = cli("doctor", environ={"FLASH_API_KEY": "a-secret-value", "REDIS_URL": "redis://127.0.0.1:1"})
    assert done.code == 1
    for word in ("only FLASH_API_KEY", "redis://127.0.0.1:1", "WHATSAPP_APP_SECRET"):
        assert word in done.output
    assert "a-secret-value" not in done.output
