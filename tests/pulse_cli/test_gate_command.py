"""The commands around the gate: what a CI and its people get to see of them, and what is refused."""

import json
from pathlib import Path

import msgspec
import pytest
import yaml

from reports.history import History
from reports.model import Run, Trace
from tests.profiles.gate_kit import an_arm, commit, fake_files, git, new_repository, some_traffic
from tests.pulse_cli.kit import Cli, Ended
from tests.reports.load_kit import load_run

ROOT = Path(__file__).parents[2]
OPTIONS = ("--phase", "1", "--minutes", "6")


class Project:
    """A repository whose commits say what they measured."""

    def __init__(self, folder: Path, cli: Cli) -> None:
        self.repository = new_repository(folder)
        self.cli = cli
        self.traffic = some_traffic(6)

    def commit(self, mean_ms: float, subject: str = "a change") -> str:
        return commit(self.repository, subject, fake_files(self.traffic, an_arm(mean_ms)))

    def gate(self, *options: str) -> Ended:
        return self.cli("gate", *OPTIONS, *options)


@pytest.fixture
def project(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("COLUMNS", "160")  # whatever the terminal's: sentences are looked for that a narrow one breaks
    return Project(tmp_path, cli)


def test_an_unchanged_commit_passes(project: Project) -> None:
    project.commit(300)
    project.commit(300)
    ended = project.gate("--against", "HEAD^")
    assert (ended.code, "gate passed" in ended.output) == (0, True)


def test_a_slower_work_tree_fails_before_it_is_committed(project: Project) -> None:
    project.commit(300)
    for name, text in fake_files(project.traffic, an_arm(320)).items():
        (project.repository.root / name).write_text(text)
    ended = project.gate("--against", "HEAD")
    assert (ended.code, "a regression" in ended.output) == (1, True)


def test_the_work_tree_stays_as_it_is(project: Project) -> None:
    project.commit(300)
    project.commit(300)
    project.gate("--against", "HEAD^")
    assert git(project.repository.root, "status", "--porcelain", "--untracked-files=all") == ""


def test_a_commit_beside_itself_is_no_comparison(project: Project, tmp_path: Path) -> None:
    project.commit(300)
    ended = project.gate("--against", "HEAD", "--junit", "g.xml")
    assert (ended.code, "both sides are commit" in ended.output, "passed" in ended.output) == (4, True, False)
    assert "both sides are commit" in (tmp_path / "g.xml").read_text()


def test_a_branch_that_has_nothing_of_its_own_is_no_comparison(project: Project) -> None:
    project.commit(300)
    git(project.repository.root, "branch", "behind")
    project.commit(320)
    git(project.repository.root, "switch", "--quiet", "behind")
    ended = project.gate("--against", "main")
    assert (ended.code, "both sides are commit" in ended.output) == (4, True)


def test_a_side_that_breaks_is_a_tool_failure(project: Project) -> None:
    project.commit(300)
    commit(project.repository, "broken", fake_files(project.traffic, an_arm()) | {"profiles/gating/child.py": "1/0"})
    ended = project.gate("--against", "HEAD^")
    assert (ended.code, "ZeroDivisionError" in ended.output) == (4, True)


def test_all_reports_are_written(project: Project, tmp_path: Path) -> None:
    project.commit(300)
    project.commit(320)
    files = {"--json": "g.json", "--markdown": "g.md", "--junit": "g.xml", "--annotations": "q.json"}
    project.gate("--against", "HEAD^", *(word for pair in files.items() for word in pair))
    assert json.loads((tmp_path / "g.json").read_text())["exit_code"] == 1
    assert json.loads((tmp_path / "q.json").read_text())
    assert (tmp_path / "g.xml").read_text().startswith("<?xml")
    assert "Response time mean" in (tmp_path / "g.md").read_text()


def test_what_crept_in_before_is_said_beside_the_verdict(project: Project, tmp_path: Path) -> None:
    project.commit(300)
    project.commit(300)
    with History.open(tmp_path / "kept" / "runs.sqlite3") as history:
        for mean_ms in (280, 280, 300, 300):
            trace = Trace(digest="d", seed=1, messages=1, workload="reference", minutes=0.5)
            history.add(Run(trace=trace, arms=(an_arm(mean_ms),)))
    ended = project.cli("gate", *OPTIONS, "--against", "HEAD^", environ={"PULSE_HOME": str(tmp_path / "kept")})
    assert (ended.code, "history: Response time mean got worse in run 3" in ended.output) == (0, True)


def test_an_exact_gate_says_which_limits_it_did_not_judge(project: Project) -> None:
    project.commit(300)
    project.commit(300)
    assert "and so not judged: " in project.gate("--against", "HEAD^").output


def test_a_file_that_cannot_be_written_is_no_regression(project: Project, tmp_path: Path) -> None:
    project.commit(300)
    (tmp_path / "taken").mkdir()
    ended = project.gate("--against", "HEAD", "--json", "taken")
    assert (ended.code, "cannot write taken" in ended.errors) == (2, True)


def test_annotations_are_workflow_commands(project: Project) -> None:
    project.commit(300)
    project.commit(320)
    assert "::error" in project.gate("--against", "HEAD^", "--annotations", "github").output


def test_a_baseline_is_saved_listed_compared_and_removed(project: Project) -> None:
    project.commit(300)
    saved = project.cli("baseline", "save", "release", *OPTIONS)
    project.commit(320)
    assert (saved.code, "baseline release: phase-1" in saved.output) == (0, True)
    assert "release" in project.cli("baseline", "list").output
    assert "Bench: phase 1" in project.cli("baseline", "show", "release").output
    assert project.cli("gate", "--baseline", "release").code == 1
    assert project.cli("baseline", "rm", "release").code == 0
    project.cli("gate", "--baseline", "release").assert_refused("no baseline 'release'", "pulse baseline save release")


def test_a_baseline_of_other_traffic_is_refused(project: Project) -> None:
    project.commit(300)
    project.cli("baseline", "save", "release", *OPTIONS)
    project.cli("gate", "--baseline", "release", "--seed", "2").assert_refused("its seed is 1, not 2")


def test_a_bisection_names_the_commit(project: Project) -> None:
    commits = [project.commit(mean, f"number {n}") for n, mean in enumerate((300, 301, 320, 321))]
    ended = project.cli("bisect", "response_ms_mean", commits[0], commits[3], *OPTIONS)
    assert (ended.code, f"{commits[2][:12]}: number 2" in ended.output) == (0, True)


def test_a_commit_is_benched_beside_the_work_tree(project: Project) -> None:
    project.commit(300)
    project.commit(320)
    ended = project.cli("bench", "--against", "HEAD^", "--no-keep", *OPTIONS)
    assert (ended.code, "300.0" in ended.output, "320.0" in ended.output) == (0, True, True)


def test_such_a_bench_is_kept_as_any_other(project: Project, tmp_path: Path) -> None:
    first = project.commit(300)
    project.commit(320)
    home = {"PULSE_HOME": str(tmp_path / "kept")}
    kept = [project.cli("bench", "--against", "HEAD^", *OPTIONS, environ=home) for _ in range(2)]
    assert "kept as run 2" in kept[1].output
    shown = project.cli("runs", "show", "@last")
    assert (shown.code, f"phase 1 against phase-1 of HEAD^ ({first[:12]})" in shown.output) == (0, True)
    assert "2 runs, workload reference" in project.cli("runs", "trend", "response_ms_mean", "--arm", "phase-1").output
    assert project.cli("compare", "1", "2").code == 0
    assert "kept as" not in project.cli("bench", "--against", "HEAD^", "--no-keep", *OPTIONS).output


def test_a_branch_is_compared_with_where_it_began(project: Project) -> None:
    began = project.commit(300)
    project.commit(200, "somebody else's")
    git(project.repository.root, "switch", "--quiet", "--create", "feature", began)
    project.commit(300, "mine")
    ended = project.gate("--against", "main")
    assert (ended.code, f"the merge base with main ({began[:12]})" in ended.output) == (0, True)
    assert project.gate("--against", "main", "--tip").code == 1


def test_a_job_that_only_watches_fails_when_something_crept_in(project: Project, tmp_path: Path) -> None:
    project.commit(300)
    watch = ("runs", "watch", "--phase", "1", "--store", str(tmp_path / "runs.sqlite3"))
    codes = [project.cli(*watch).code]
    under_load = msgspec.structs.replace(load_run("phase-1"), workload="reference")
    for mean_ms in (280.0, 280.0, 300.0):
        with History.open(tmp_path / "runs.sqlite3") as history:
            trace = Trace(digest="d", seed=1, messages=300, workload="reference", minutes=5)
            history.add(Run(trace=trace, arms=(an_arm(mean_ms),)))
            history.add(under_load)  # is nothing that a watch looks at
        codes.append(project.cli(*watch).code)
    assert codes == [4, 4, 0, 1]
    assert "run 5" in project.cli(*watch).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate",), ("--against REF", "--baseline NAME")),
        (("gate", "--against", "x", "--baseline", "y"), ("--against REF",)),
        (("gate", "--against", "nowhere"), ("no commit 'nowhere'", "git fetch")),
        (("gate", "--against", "HEAD", "--phase", "9"), ("no phase 9",)),
        (("gate", "--against", "HEAD", "--minutes", "0"), ("--minutes",)),
        (("gate", "--against", "HEAD", "--workload", "nope"), ("no such workload",)),
        (("gate", "--against", "HEAD", "--slowdown", "0"), ("--slowdown",)),
        (("gate", "--against", "HEAD", "--timed", "-1"), ("--timed",)),
        (("gate", "--baseline", "x", "--timed", "1"), ("--timed", "use --against")),
        (("gate", "--against", "HEAD", "--budget", "none.toml"), ("none.toml", "No such file")),
        (("gate", "--against", "HEAD", "--json", "none/g.json"), ("--json", "no directory none")),
        (("gate", "--against", "HEAD", "--annotations", "jenkins"), ("github", ".json")),
        (("baseline", "save", "../x"), ("no name for a baseline",)),
        (("baseline", "rm", "x"), ("no baseline 'x'",)),
        (("bisect", "speed", "HEAD", "nowhere"), ("no commit 'nowhere'",)),
        (("calibrate", "--minutes", "0"), ("--minutes",)),
        (("bench", "--against", "HEAD", "--baseline", "1"), ("--baseline", "not with --against")),
        (("bench", "--tip"), ("--tip only with --against",)),
        (("gate", "--baseline", "x", "--tip"), ("--tip", "use --against")),
        (("runs", "watch", "--phase", "9"), ("no phase 9",)),
    ],
)
def test_what_cannot_be_meant_is_refused(project: Project, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    project.commit(300)
    project.cli(*arguments).assert_refused(*words)


@pytest.mark.parametrize("command", [("gate", "--against", "HEAD"), ("baseline", "list"), ("calibrate",)])
def test_outside_of_a_checkout_there_is_nothing_to_measure(cli: Cli, command: tuple[str, ...]) -> None:
    cli(*command).assert_refused("no git repository", "checkout of pulse")


def test_the_action_measures_and_keeps_its_reports() -> None:
    action = yaml.safe_load((ROOT / ".github/actions/gate/action.yml").read_text())
    runs = [step.get("run", "") for step in action["runs"]["steps"]]
    assert action["runs"]["using"] == "composite"
    assert any("pulse gate" in run and "--annotations github" in run for run in runs)
    assert all("${{" not in run for run in runs)  # what others write comes as variables, never as a part of a script


def test_the_template_lets_undecided_merges_pass_with_a_warning() -> None:
    job = yaml.safe_load((ROOT / "ci/gitlab/pulse-gate.yml").read_text())["pulse gate"]
    assert job["allow_failure"] == {"exit_codes": [3]}
    assert '--against "$CI_MERGE_REQUEST_DIFF_BASE_SHA"' in job["script"][-1]
    assert job["artifacts"]["reports"] == {"junit": "gate.xml", "codequality": "gl-code-quality.json"}
