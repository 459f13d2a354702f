"""Traces that are short enough for real time, and the letters that a generator makes of them."""

from collections.abc import Sequence

import msgspec

from profiles.live.orders import Letter
from profiles.trace import Arrival, Trace, draw
from profiles.workload_model import Workload
from service.core.errors import ConfigError
from service.sandbox.accounts import otp_code

__all__ = ["LEAD_S", "letters", "live_trace"]

LEAD_S = 120.0
"""Traffic before the part that is taken: sessions take their time, and at the beginning there are none yet."""


def live_trace(workload: Workload, seed: int, rate_per_s: float, seconds: float) -> Trace:
    """So many seconds out of the middle of the workload's traffic, at another rate of messages.

    What follows a message from before that part is left out, and so is a repeated delivery of one.
    Raises ConfigError for a workload that real time cannot show, and for a part without a message.
    """
    if workload.restart_at_minutes is not None or workload.upstream.outages:
        raise ConfigError(f"workload {workload.name} restarts the bot or has outages: only virtual time can show that")
    faster = msgspec.structs.replace(
        workload,
        arrivals=msgspec.structs.replace(workload.arrivals, messages_per_s=rate_per_s, diurnal=(1.0,)),
        duration_minutes=(LEAD_S + seconds) / 60,
    )
    whole = draw(faster, seed)
    kept = _of_the_part(whole.arrivals)
    if not kept:
        raise ConfigError(f"workload {workload.name} has no message in {seconds:g} s; take more --seconds or --rate")
    return Trace(workload.name, seed, seconds / 60, kept, whole.population)


def letters(trace: Trace) -> tuple[Letter, ...]:
    """What WhatsApp would deliver. Codes are known in advance here, buttons and invoices are the generator's to get."""
    return tuple(_letter(trace, arrival) for arrival in trace.arrivals)


def _of_the_part(arrivals: Sequence[Arrival]) -> tuple[Arrival, ...]:
    kept: list[Arrival] = []
    known: set[str] = set()
    for one in arrivals:
        needed = {one.follows, one.duplicate_of} - {None}
        if one.at_s >= LEAD_S and needed <= known:
            known.add(one.wamid)
            kept.append(msgspec.structs.replace(one, at_s=round(one.at_s - LEAD_S, 6)))
    return tuple(kept)


def _letter(trace: Trace, arrival: Arrival) -> Letter:
    member = trace.population[arrival.user]
    invoice = arrival.invoice
    return Letter(
        at_s=arrival.at_s,
        wamid=arrival.duplicate_of or arrival.wamid,
        sender=member.sender,
        text=arrival.text.replace("{otp}", otp_code(member.phone)),
        follows=arrival.follows if arrival.kind == "button" else None,
        repeats=arrival.duplicate_of is not None,
        payee=trace.population[invoice.payee].phone if invoice else None,
        cents=invoice.cents if invoice else None,
    )
