"""The report of a self-test: the gate's rates beside those of other rules."""

from reports.document import Cell, Column, Document, Grid, cells
from reports.gate.noise import DESIGNS, Design
from reports.gate.selftest import OURS, Rate, Score, SelfTest

__all__ = ["document"]

_DESIGNS: dict[Design, str] = {
    "two runners": "each arm on a runner of its own",
    "blocks": "one runner, all of base, then all of head",
    "kept processes": "one runner, in random order, but two processes kept all along",
    "interleaved": "one runner, both arms in every round, in random order",
}

_NOTES = (
    (
        "Alarms of equal arms are false; those of slower arms are right, but for effects up to the margin, which the "
        "gate is asked to let pass. In brackets: 95 % confidence limits (Clopper-Pearson)."
    ),
    "Cleared: equal arms that are proven not to be worse by more than the margin. The rest stays undecided.",
    (
        "The gate's promise is for interleaved rounds, in an order that a coin decides, of processes that are started "
        "anew. The other designs show what becomes of it, and of every other rule, without."
    ),
    "Rounds are those until the gate had decided about a slow-down of 5 %: half of the cases, and 95 of 100.",
)


def document(test: SelfTest) -> Document:
    """A table for each design of the measurement, the gate first."""
    plan = test.plan
    return Document(
        title=f"Self-test: {'passed' if not test.failures else 'FAILED'}",
        lines=(
            *test.failures,
            (
                f"{plan.comparisons:,} comparisons of equal arms and {plan.comparisons:,} of each effect, of up to "
                f"{plan.rounds} rounds; one of {plan.metrics} timed metrics, so alpha is {plan.alpha:.2%}; margin "
                f"{plan.margin:.1%}"
            ),
        ),
        grids=tuple(_grid(design, [score for score in test.scores if score.design == design]) for design in DESIGNS),
        notes=_NOTES,
    )


def _grid(design: Design, scores: list[Score]) -> Grid:
    effects = [rate.effect for rate in scores[0].rates]
    titles = [f"alarms at +{effect:.0%}" if effect else "false alarms" for effect in effects]
    columns = (Column("rule", "text"), *(Column(title) for title in titles), Column("cleared"), Column("rounds"))
    rows = tuple(
        (Cell(score.rule, "strong" if score.rule == OURS else "plain"), *_rates(score), *_decisions(score))
        for score in scores
    )
    return Grid(title=f"{design.capitalize()}: {_DESIGNS[design]}", columns=columns, rows=rows)


def _rates(score: Score) -> tuple[Cell, ...]:
    return cells(*(_rate(rate) for rate in score.rates))


def _rate(rate: Rate) -> str:
    low, high = rate.limits.low or 0.0, 1.0 if rate.limits.high is None else rate.limits.high
    return f"{100 * rate.alarms / rate.comparisons:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _decisions(score: Score) -> tuple[Cell, ...]:
    if score.cleared is None:
        return cells("", "all")
    return cells(f"{100 * score.cleared:.1f} %", f"{score.rounds_p50} / {score.rounds_p95}")
