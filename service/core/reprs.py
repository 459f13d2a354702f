"""How facts show themselves: reprs end up in tracebacks and logs, so they leave out what is personal."""

__all__ = ["shown"]


def shown(fact: object, *fields: str) -> str:
    """A repr with these fields, and with dots for the others: tokens, phones, invoices and what people write."""
    values = [f"{name}={getattr(fact, name)!r}" for name in fields]
    return f"{type(fact).__name__}({', '.join([*values, '...'])})"
