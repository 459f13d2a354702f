"""`pulse roadmap`: the 21 items, their claims, and what of them is here."""

from typing import Annotated

import typer

__all__ = ["roadmap"]


def roadmap(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List the 21 roadmap items with their state and claim."""
    import msgspec  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.console import show  # noqa: PLC0415 - same
    from reports.document import Cell, Column, Document, Grid  # noqa: PLC0415 - same
    from service.roadmap import ITEMS, Item  # noqa: PLC0415 - same

    def state(item: Item) -> str:
        kind = "live switch" if item.kind == "switch" else "structure"
        return kind if item.built else f"{kind}, not built yet"

    if as_json:
        for item in ITEMS:
            facts = {"key": item.key, "phase": item.phase, "title": item.title, "state": state(item)}
            typer.echo(msgspec.json.encode({**facts, "claim": item.claim, "metric": item.metric}))
        return
    grid = Grid(
        columns=tuple(Column(title, "text") for title in ("key", "item", "state", "claim", "judged by")),
        rows=tuple(
            (Cell(i.key), Cell(i.title), Cell(state(i), "good" if i.built else "muted"), Cell(i.claim), Cell(i.metric))
            for i in ITEMS
        ),
    )
    notes = (
        "Phase N means the live switches of all items of phases 1 to N. Phase 2 is structure: it has none.",
        "pulse bench --ablate holds every claim against what can be measured of it, --items 3.1 a single one.",
    )
    show(Document(title="Roadmap: 21 items in six phases", grids=(grid,), notes=notes))
