"""An experiment on a running service, from its start to its report."""

import json
from pathlib import Path

import pytest

from tests.e2e.kit import eventually, pulse, serving

pytestmark = pytest.mark.real


def test_an_experiment_on_a_running_service(tmp_path: Path) -> None:
    with serving(tmp_path, "--phase", "3") as service:
        begun = pulse(tmp_path, "experiment", "start", "ttl", "1.3")
        assert "pulse flags enable 6.3" in begun.stdout, begun.stderr
        assert pulse(tmp_path, "flags", "enable", "6.3").returncode == 0

        def seen() -> dict[str, dict[str, int]] | None:
            for who in ("alice", "bob", "erin"):
                service.say(who, "help")
            report = json.loads(pulse(tmp_path, "experiment", "report", "ttl", "--json").stdout)
            return report if sum(report["exposures"].values()) == 3 else None

        report = eventually(seen, 40.0)
        assert sum(report["measured"].values()) == 3
        stopped = pulse(tmp_path, "experiment", "stop", "ttl")
        assert "nothing was decided" in stopped.stdout, stopped.stderr
