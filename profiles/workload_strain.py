"""What strains the bot beside ordinary traffic, as tables of a workload."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Core", "Flood", "Heavy", "SlowListener", "Table"]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: its keys are exactly the fields."""


class Flood(Table, frozen=True, kw_only=True):
    """One linked user who sends `text` again and again, `messages_per_s` at even gaps, from `start_s` to the end."""

    messages_per_s: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    start_s: Annotated[float, Meta(ge=0)] = 0.0
    text: str = "balance"


class Core(Table, frozen=True, kw_only=True):
    """What the bot runs on: a core `slowdown` times slower than that of the cost table, and PULSE_CONCURRENCY.

    A slow core is overloaded by few messages, which a virtual run has drawn and delivered in seconds. Slots are as
    many as keep it busy, so the two go together.
    """

    slowdown: Annotated[float, Meta(ge=0.01, le=1_000)] = 1.0
    concurrency: Annotated[int, Meta(ge=1, le=10_000)] = 256


class Heavy(Table, frozen=True, kw_only=True):
    """Users with `past_rows` movements who do nothing but what is much work, from `start_s` on.

    So many `drawers` ask for an invoice in turn, one of them every `invoice_every_s`, and so many `readers` for a
    statement of everything, as a table and as a document by turns.
    """

    drawers: Annotated[int, Meta(ge=0, le=1_000)] = 0
    readers: Annotated[int, Meta(ge=0, le=1_000)] = 0
    past_rows: Annotated[int, Meta(ge=0, le=100_000)] = 0
    invoice_every_s: Annotated[float, Meta(gt=0)] = 2.0
    statement_every_s: Annotated[float, Meta(gt=0)] = 30.0
    start_s: Annotated[float, Meta(ge=0)] = 60.0


class SlowListener(Table, frozen=True, kw_only=True):
    """A listener of events beside the bot's own: for a `share` of the payments it waits so long."""

    share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    waits_s: Annotated[float, Meta(ge=0, le=3_600)] = 10.0
