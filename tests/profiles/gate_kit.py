"""Small git repositories, and checkouts whose code is a fake that answers at once."""

import subprocess
import sys
from pathlib import Path

import msgspec

from profiles.gating.checkouts import Checkout
from profiles.gating.protocol import Traffic, traffic_of
from profiles.gating.repository import Repository
from reports.model import Arm, Metrics, Run, Trace

PYPROJECT = '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["a>=1"]\n'

PACKAGES = {f"{name}/__init__.py": "" for name in ("profiles", "profiles/gating", "pulse_cli", "service")}

CHILD = """
import json, pathlib, sys
root = pathlib.Path(__file__).resolve().parents[2]
request = json.loads(pathlib.Path(sys.argv[1]).read_bytes())
arms = json.loads((root / "profiles/arms.json").read_text())
answer = json.loads((root / "profiles/answer.json").read_text())
answer["folder"] = answer["folder"] or str(root)
answer["run"]["arms"] = [dict(arms[spec["planted"]], name=spec["name"]) for spec in request["arms"]]
pathlib.Path(sys.argv[2]).write_text(json.dumps(answer))
"""


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", "-C", str(folder), *named, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def new_repository(folder: Path) -> Repository:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return Repository(folder.resolve())


def commit(repository: Repository, subject: str, files: dict[str, str]) -> str:
    for name, text in files.items():
        file = repository.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--allow-empty", "-m", subject)
    return git(repository.root, "rev-parse", "HEAD")


def an_arm(mean_ms: float = 300.0, calls: float = 1.0, hit_rate: float = 0.5, name: str = "phase-1") -> Arm:
    return Arm(
        name=name,
        switches=(),
        metrics=Metrics(
            response_ms_mean=mean_ms,
            response_ms_p50=mean_ms,
            response_ms_p90=mean_ms,
            response_ms_p99=mean_ms,
            hit_rate=hit_rate,
            rss_mb_settled=None,
            rss_mb_peak=None,
            upstream_calls_per_message=calls,
            redis_round_trips_per_message=3.0,
            cpu_ms_per_message=None,
        ),
        counters={"answered": 100, "unanswered": 0, "upstream_calls:balance": int(100 * calls)},
    )


def some_traffic(minutes: float = 0.5) -> Traffic:
    return traffic_of("reference", 1, minutes)


def fake_files(
    traffic: Traffic, arm: Arm, *, slow: Arm | None = None, folder: str = "", digest: str = ""
) -> dict[str, str]:
    """The files of a checkout that says that it measured `arm`, and `slow` where the control is planted."""
    trace = Trace(digest=traffic.trace.digest, seed=1, messages=300, workload="reference", minutes=5.0)
    run = Run(trace=trace, arms=(arm,))
    late = slow or an_arm(arm.metrics.response_ms_mean * 1.05, arm.metrics.upstream_calls_per_message)
    arms = {"": arm, "null": arm, "slow": late}
    answer = {"folder": folder, "digest": digest or traffic.trace.digest, "run": msgspec.to_builtins(run)}
    return PACKAGES | {
        "profiles/gating/child.py": CHILD,
        "profiles/arms.json": msgspec.json.encode(arms).decode(),
        "profiles/answer.json": msgspec.json.encode(answer).decode(),
        "pyproject.toml": PYPROJECT,
        "pulse_cli/main.py": "",
        ".gitignore": "__pycache__/\n",
    }


def fake_checkout(folder: Path, files: dict[str, str], name: str = "a checkout") -> Checkout:
    for file, text in (PACKAGES | files).items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return Checkout(folder, sys.executable, name, name)
