"""Shares, differences beyond chance, and the reports of them."""

from pathlib import Path

import msgspec

from reports.profile import Comparison, Growth, Profile, Report, Share, compare, dump, merged
from reports.profile_view import document, documents, figure_name, of_comparison, of_phases


def cpu(arm: str, *shares: Share) -> Profile:
    return Profile(arm=arm, kind="cpu", messages=100, figures={"cpu_ms_per_message": 2.0}, views={"functions": shares})


def memory(arm: str, kb: float) -> Profile:
    figures = {"rss_mb_settled": 80.0, "rss_mb_peak": 81.0, "heap_mb": 30.0}
    views = {"heap-packages": (Share("redis", kb, 5),)}
    return Profile(arm=arm, kind="memory", messages=100, figures=figures, views=views)


def text_of(profile: Profile) -> str:
    shown = document(profile)
    return "\n".join([shown.title, *shown.lines, *shown.notes])


def test_the_same_program_twice_has_not_moved() -> None:
    before = cpu("a", Share("f", 1.0, 500), Share("g", 1.0, 500))
    after = cpu("b", Share("f", 1.04, 520), Share("g", 0.96, 480))
    assert compare(before, after).changes == {"functions": ()}


def test_a_function_that_takes_twice_the_time_is_named_first() -> None:
    before = cpu("a", Share("f", 1.0, 500), Share("g", 1.0, 500))
    after = cpu("b", Share("f", 2.0, 1_000), Share("g", 1.0, 500))
    (change,) = compare(before, after).changes["functions"]
    assert (change.name, change.difference) == ("f", 1.0)


def test_what_is_new_in_an_exact_view_is_named() -> None:
    after = memory("b", 500.0)
    (change,) = compare(memory("a", 100.0), after).changes["heap-packages"]
    assert (change.name, change.before, change.after) == ("redis", 100.0, 500.0)


def test_two_profiles_of_an_arm_are_one_of_more_samples() -> None:
    both = merged(cpu("a", Share("f", 1.0, 500)), cpu("a", Share("f", 3.0, 700), Share("g", 1.0, 10)))
    assert both.views["functions"] == (Share("f", 2.0, 1_200), Share("g", 0.5, 10))


def test_what_changed_comes_before_the_profile() -> None:
    before, after = cpu("a", Share("f", 1.0, 500)), cpu("b", Share("f", 2.0, 1_000))
    shown = documents(Report((before, after), compare(before, after)))
    assert [one.title for one in shown] == ["What changed: a -> b", "CPU profile: b, 100 messages"]
    assert "f +1.000 ms/msg" in shown[0].lines[0]


def test_nothing_changed_is_said() -> None:
    assert of_comparison(Comparison("a", "b", {"functions": ()}, {})).lines[0].endswith("nothing beyond chance")


def test_phases_stand_beside_each_other_with_what_differs() -> None:
    shown = of_phases([memory("phase-0", 100.0), memory("phase-1", 500.0)])
    assert [row[0].text for row in shown.grids[0].rows] == ["phase-0", "phase-1"]
    assert shown.grids[0].rows[1][-1].text == "redis +400 KB"


def test_a_leak_is_named_in_the_first_line() -> None:
    total, line = (
        Growth(site=site, live_bytes=(1, 9), bytes_per_message=50.0, low=49.0, high=51.0, grows=True)
        for site in ("", "a.py:7")
    )
    profile = Profile(arm="a", kind="leaks", messages=10, growth=(total, line))
    assert "grows: a.py:7" in text_of(profile)
    flat = msgspec.structs.replace(total, grows=False)
    assert "flat within noise" in text_of(msgspec.structs.replace(profile, growth=(flat,)))


def test_what_profiling_cost_is_said() -> None:
    profile = msgspec.structs.replace(cpu("a", Share("f", 1.0, 500)), slowdown={"the CPU pass": 1.05})
    assert "the CPU pass x1.05" in text_of(profile)


def test_figures_have_names_with_units() -> None:
    assert figure_name("rss_mb_settled") == "RSS settled, MB"
    assert figure_name("cpu_ms_per_message") == "CPU, ms/message"


def test_a_report_is_written_as_json(tmp_path: Path) -> None:
    report = Report((cpu("a", Share("f", 1.0, 500)),))
    dump(report, tmp_path / "report.json")
    assert msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Report) == report
