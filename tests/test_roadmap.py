import pytest

from service.core.errors import ConfigError
from service.roadmap import ITEMS, LAST_PHASE, changed_switches, find, phase_switches, switch_keys

PHASE_1 = {"1.1", "1.2", "1.3", "1.4"}
PHASE_3 = {"3.1", "3.2", "3.3", "3.4"}


def test_there_are_21_items_in_order_each_once() -> None:
    keys = [item.key for item in ITEMS]
    assert (len(keys), keys) == (21, sorted(set(keys)))


def test_the_phases_are_1_to_6_without_gaps() -> None:
    per_phase = [[item.key for item in ITEMS if item.phase == phase] for phase in range(1, 7)]
    assert per_phase == [[f"{p}.{n}" for n in range(1, len(keys) + 1)] for p, keys in enumerate(per_phase, 1)]
    assert [len(keys) for keys in per_phase] == [4, 3, 4, 3, 4, 3]


def test_every_item_says_what_it_claims_and_what_would_prove_it() -> None:
    assert all(item.title and item.claim and item.metric for item in ITEMS)


def test_structure_has_no_switch() -> None:
    structure = {item.key for item in ITEMS if item.kind == "structure"}
    assert structure == {"2.1", "2.2", "2.3", "4.2", "4.3"}
    assert not structure & set(switch_keys())


@pytest.mark.parametrize(
    ("phase", "switches"), [(0, set()), (1, PHASE_1), (2, PHASE_1), (3, PHASE_1 | PHASE_3)], ids=lambda x: str(x)[:1]
)
def test_a_phase_is_the_switches_of_all_items_up_to_it(phase: int, switches: set[str]) -> None:
    assert phase_switches(phase) == switches


def test_the_last_phase_has_every_switch_that_is_built() -> None:
    assert phase_switches(LAST_PHASE) == {key for key in switch_keys() if find(key).phase <= LAST_PHASE}
    assert all(item.built for item in ITEMS if item.kind == "switch" and item.phase <= LAST_PHASE)
    later = [item.built for item in ITEMS if item.kind == "switch" and item.phase == LAST_PHASE + 1]
    assert not later or not all(later)


@pytest.mark.parametrize("phase", [-1, LAST_PHASE + 1, 99])
def test_another_phase_is_refused(phase: int) -> None:
    with pytest.raises(ConfigError, match=f"no phase {phase}; this version has phases 0"):
        phase_switches(phase)


def test_an_item_is_found_by_its_key() -> None:
    assert find("3.1").title == "Central cache manager"


@pytest.mark.parametrize("key", ["", "7.1", "1", "1.10"])
def test_another_key_is_refused_with_those_there_are(key: str) -> None:
    with pytest.raises(ConfigError, match=r"the keys are 1\.1, 1\.2"):
        find(key)


def test_single_switches_are_changed_beside_a_phase() -> None:
    assert changed_switches(1, "+3.1, -1.3") == phase_switches(1) - {"1.3"} | {"3.1"}
    assert changed_switches(0, "+1.1 -1.1") == set()


@pytest.mark.parametrize(
    ("changes", "hint"), [("3.1", r"\+3.1 to switch it on"), ("+2.1", "no switch '2.1'"), ("-", "no switch ''")]
)
def test_what_is_no_change_of_a_switch_is_refused(changes: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        changed_switches(1, changes)
