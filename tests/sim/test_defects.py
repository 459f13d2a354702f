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

SEEN_IN = {
    "no intent before the post": 7,
    "changes that compare nothing, without lanes": 5,
    "pending is paid": 3,
    "a failure is believed": 3,
    "sent again under a new key": 1,
    "sent again without a key": 16,
    "no means yes": 3,
    "absence is proof": 1,
    "a late word past the outbox": 13,
    "answered past the outbox": 7,
    "forgotten before it is sent": 7,
    "a flight bound to its leader": 1,
}
"""The first world in which a mistake shows, where that is not world 0: looked at first, and only to save the time.

Where it shows there no longer, all worlds are looked at in their order.
"""


def broken_in(seed: int, kinds: tuple[str, ...] = DEFAULT_KINDS) -> set[str]:
    """The invariants that the world of a seed breaks."""
    return {name for name, verdict in judge(run_world(seed, kinds).history).items() if verdict.findings}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("defect", [*DEFECTS, *NEWS_DEFECTS], ids=lambda defect: defect.name)
def test_a_planted_mistake_is_found(defect: Defect) -> None:
    linked_store(USERS)  # made before, for all worlds: without the mistake
    with defect.plant():
        seeds = (SEEN_IN.get(defect.name, 0), *range(LIMIT))
        assert any(broken_in(seed, defect.kinds) & set(defect.found_by) for seed in seeds)


def test_only_mistakes_that_there_are_have_a_world_to_begin_with() -> None:
    assert set(SEEN_IN) <= {defect.name for defect in (*DEFECTS, *NEWS_DEFECTS)}


def test_without_a_mistake_nothing_is_found() -> None:
    assert not broken_in(0) | broken_in(1)
