"""The gate's statistics on trial, beside those of others: simulated, seeded, and the same everywhere.

`python -m profiles.gate_selftest [COMPARISONS]` prints the tables of docs/gate-statistics.md as Markdown.
"""

import random
import sys

from reports.gate.selftest import Plan, SelfTest, self_test
from reports.gate.selftest_view import document
from reports.markdown import render

__all__ = ["SEED", "simulated"]

SEED = 20_260_105


def simulated(comparisons: int = 400, seed: int = SEED) -> SelfTest:
    """The self-test with so many comparisons of each kind. Raises ValueError for fewer than 200."""
    return self_test(Plan(comparisons=comparisons), random.Random(seed))


if __name__ == "__main__":
    try:
        print(render(document(simulated(*map(int, sys.argv[1:])))))  # noqa: T201 - a program
    except ValueError as error:
        sys.exit(f"error: {error}; give the number of comparisons, as in 400")
