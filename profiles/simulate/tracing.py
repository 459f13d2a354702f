"""A history as lines that people can read."""

from collections.abc import Iterator

from profiles.simulate.history import (
    Booted,
    Dealt,
    Delivered,
    Effect,
    Ended,
    Event,
    Faulted,
    Left,
    Lives,
    Placed,
    Posted,
    Said,
    Stored,
    Wrote,
)

__all__ = ["line", "lines"]

_TEXT_CHARS = 110


def lines(events: list[Event]) -> Iterator[str]:
    """One line for each event."""
    for event in events:
        yield line(event)


def line(event: Event) -> str:
    """When, who, and what."""
    return f"{event.at_s:12.6f}  {_what(event)}"


def _what(event: Event) -> str:
    match event:
        case Wrote():
            button = f" [{event.button}]" if event.button else ""
            return f"{event.user} writes {event.message}: {_clip(event.text)}{button}"
        case Said():
            return f"the bot tells {event.to} about {event.about or 'nothing'}: {_clip(event.text)}"
        case Effect():
            when = "never arrive" if event.arrives_at_s is None else f"arrive at {event.arrives_at_s:.6f}"
            return f"MONEY {event.cents} cents of {event.payer} for {event.payee}{_hash(event.payment_hash)} {when}"
        case Dealt():
            return f"{event.payer} wants to pay {event.cents} cents to {event.payee}{_hash(event.payment_hash)}"
        case Faulted():
            whom = f" of {event.whom}" if event.whom else ""
            states = f", payments are {', '.join(event.states)}" if event.states else ""
            return f"FAULT {event.kind}{whom} {event.detail}{states}"
        case _:
            return _process(event)


def _process(event: Event) -> str:
    match event:
        case Posted():
            return f"post {event.post}: {', '.join(event.messages)}"
        case Delivered():
            return f"post {event.post} is answered {event.status or 'by nothing'}"
        case Ended():
            return f"PROCESS {event.epoch} {event.how}"
        case Booted():
            return f"PROCESS {event.epoch} {'is up' if event.is_up else 'finds no store'}"
        case _:
            return _at_the_end(event)


def _at_the_end(event: Event) -> str:
    match event:
        case Stored():
            alarm = f", alarm: {event.alarm}" if event.alarm else ""
            return f"record {event.payment}: {event.cents} cents of {event.user} {event.state}{alarm}"
        case Left():
            return f"left: {event.count} {event.what} {', '.join(event.names)}"
        case Placed():
            return f"{event.message} was accepted as number {event.place}"
        case Lives():
            friend = f"{event.contact_phone} {event.contact}"
            return f"{event.user} is {event.username}, has {event.balance_cents} cents, and calls {friend}"
        case _:
            return str(event)


def _hash(payment_hash: str | None) -> str:
    return f" for the invoice {payment_hash[:8]}" if payment_hash else ""


def _clip(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _TEXT_CHARS else f"{flat[: _TEXT_CHARS - 1]}…"
