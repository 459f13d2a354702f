"""Two sides under the same traffic: what they are asked, what they may answer, and what ends a gate."""

import sys
from pathlib import Path

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.gating import child
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.gating.processes import Processes
from profiles.gating.protocol import Answer, Request, Traffic
from profiles.gating.sides import measure_all, measure_side
from tests.profiles.gate_kit import an_arm, fake_checkout, fake_files, some_traffic

ARMS = (phase_arm(1),)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return some_traffic()


def test_a_request_says_everything_that_the_other_side_needs(traffic: Traffic) -> None:
    request = Request(traffic, ARMS)
    again = msgspec.json.decode(msgspec.json.encode(request), type=Request)
    assert again.traffic.trace.digest == traffic.trace.digest
    assert again.traffic.workload == traffic.workload


def test_the_child_measures_what_it_is_asked(tmp_path: Path, traffic: Traffic) -> None:
    (tmp_path / "request").write_bytes(msgspec.json.encode(Request(traffic, ARMS)))
    assert child.main(str(tmp_path / "request"), str(tmp_path / "answer")) == 0
    answer = msgspec.json.decode((tmp_path / "answer").read_bytes(), type=Answer)
    assert (answer.folder, answer.digest, answer.run.arms[0].name) == (str(ROOT), traffic.trace.digest, "phase-1")


def test_the_child_says_that_it_cannot_read_a_trace_of_another_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], traffic: Traffic
) -> None:
    request = msgspec.to_builtins(Request(traffic, ARMS))
    request["traffic"]["trace"]["arrivals"][0]["kind"] = "hologram"
    (tmp_path / "request").write_bytes(msgspec.json.encode(request))
    assert child.main(str(tmp_path / "request"), str(tmp_path / "answer")) == 1
    assert "cannot read the traffic" in capsys.readouterr().err


def test_all_sides_are_measured(tmp_path: Path, traffic: Traffic) -> None:
    fast = fake_checkout(tmp_path / "fast", fake_files(traffic, an_arm(200)))
    slow = fake_checkout(tmp_path / "slow", fake_files(traffic, an_arm(400)))
    runs = measure_all([(fast, ARMS), (slow, ARMS)], traffic)
    assert [run.arms[0].metrics.response_ms_mean for run in runs] == [200, 400]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"profiles/gating/child.py": "import sys\nsys.exit('no such thing')"}, "it said: no such thing"),
        ({"profiles/gating/child.py": "import os\nos._exit(3)"}, "ended with code 3"),
        ({"profiles/gating/child.py": ""}, "cannot be read"),
        ({"profiles/answer.json": '{"folder": "/elsewhere", "digest": "x", "run": {}}'}, "cannot be read"),
    ],
)
def test_a_side_that_fails_says_why(tmp_path: Path, traffic: Traffic, files: dict[str, str], message: str) -> None:
    checkout = fake_checkout(tmp_path, fake_files(traffic, an_arm()) | files)
    with pytest.raises(CannotMeasure, match=message):
        measure_all([(checkout, ARMS)], traffic)


def test_code_from_elsewhere_is_not_taken_for_the_side(tmp_path: Path, traffic: Traffic) -> None:
    checkout = fake_checkout(tmp_path, fake_files(traffic, an_arm(), folder="/installed"))
    with pytest.raises(CannotMeasure, match="ran from /installed"):
        measure_all([(checkout, ARMS)], traffic)


def test_a_side_that_reads_another_trace_is_not_compared(tmp_path: Path, traffic: Traffic) -> None:
    checkout = fake_checkout(tmp_path, fake_files(traffic, an_arm(), digest="other"))
    with pytest.raises(CannotMeasure, match="reads another trace"):
        measure_all([(checkout, ARMS)], traffic)


OLD_BENCH = """
import pathlib, sys
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
assert sys.argv[1] == "bench" and "--no-memory" in sys.argv, sys.argv
pathlib.Path(sys.argv[-1]).write_text(pathlib.Path("run.json").read_text())
"""


def old_checkout(folder: Path, traffic: Traffic, digest: str = "") -> Checkout:
    """From before there was a protocol."""
    answer = msgspec.json.decode(fake_files(traffic, an_arm(), digest=digest)["profiles/answer.json"])
    answer["run"]["trace"]["digest"] = digest or traffic.trace.digest
    files = {"run.json": msgspec.json.encode(answer["run"]).decode()}
    return fake_checkout(folder, files | {"pulse_cli/__main__.py": OLD_BENCH})


def test_an_old_side_is_benched(tmp_path: Path, traffic: Traffic) -> None:
    [run] = measure_all([(old_checkout(tmp_path, traffic), ARMS)], traffic)
    assert run.arms[0].name == "phase-1"


def test_an_old_side_that_draws_other_messages_is_not_compared(tmp_path: Path, traffic: Traffic) -> None:
    with pytest.raises(CannotMeasure, match="draws another one"):
        measure_all([(old_checkout(tmp_path, traffic, "other"), ARMS)], traffic)


def test_a_side_without_end_is_ended(tmp_path: Path, traffic: Traffic) -> None:
    checkout = fake_checkout(tmp_path, {"profiles/gating/child.py": "import time\ntime.sleep(60)"})
    with pytest.raises(CannotMeasure, match=r"not measured within 0\.1 s"):
        measure_side(checkout, ARMS, traffic, Processes(most_s=0.1))


def test_when_one_side_fails_the_other_is_ended(tmp_path: Path, traffic: Traffic) -> None:
    bad = fake_checkout(tmp_path / "bad", {"profiles/gating/child.py": "import sys\nsys.exit('broken')"})
    endless = fake_checkout(tmp_path / "endless", {"profiles/gating/child.py": "import time\ntime.sleep(60)"})
    with pytest.raises(CannotMeasure, match="broken"):
        measure_all([(endless, ARMS), (bad, ARMS)], traffic)


def test_a_side_sees_no_settings_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_PHASE", "3")
    environ = Checkout(tmp_path, sys.executable, "x", "").environ
    assert ("PULSE_PHASE" in environ, environ["PYTHONPATH"]) == (False, str(tmp_path))
