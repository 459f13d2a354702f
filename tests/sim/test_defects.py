"""Does the simulator see? Mistakes are planted, and each must be found, by an invariant that it breaks."""

import pytest

from profiles.simulate.judges.all import judge
from profiles.simulate.linked import linked_store
from profiles.simulate.people import USERS
from profiles.simulate.world import DEFAULT_KINDS, run_world
from tests.sim.defects import DEFECTS, Defect
from tests.sim.news_defects import NEWS_DEFECTS

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it doubles the time

LIMIT = 2_000
"""Worlds in which a mistake must show; most show in the first few."""


def broken_in(seed: int, kinds: tuple[str, ...] = DEFAULT_KINDS) -> set[str]:
    """The invariants that the world of a seed breaks."""
    return {name for name, verdict in judge(run_world(seed, kinds).history).items() if verdict.findings}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("defect", [*DEFECTS, *NEWS_DEFECTS], ids=lambda defect: defect.name)
def test_a_planted_mistake_is_found(defect: Defect) -> None:
    linked_store(USERS)  # made before, for all worlds: without the mistake
    with defect.plant():
        assert any(broken_in(seed, defect.kinds) & set(defect.found_by) for seed in range(LIMIT))


def test_without_a_mistake_nothing_is_found() -> None:
    assert not broken_in(0) | broken_in(1)
