"""How much is tried: some of it in the suite, all of it in `nox -s crash`, which asks for more rounds."""

from random import Random

import pytest

SUITE_ROUNDS = 3


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    """How often something is done at random moments."""
    return int(pytestconfig.getoption("--crash-rounds"))


@pytest.fixture
def few_rounds(rounds: int) -> int:
    """The same for what takes seconds to heal."""
    return max(1, rounds // 3)


@pytest.fixture
def thorough(rounds: int) -> bool:
    """Whether every point is met, and every payment waited for until its end is known."""
    return rounds > SUITE_ROUNDS


@pytest.fixture
def dice(pytestconfig: pytest.Config) -> Random:
    """What the random moments are drawn from."""
    return Random(pytestconfig.getoption("--crash-seed"))
