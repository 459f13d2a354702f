"""Several GraphQL queries in one document: each keeps its one root field, under an alias of its own.

The documents of `documents` are the only source: nothing is written twice. What differs between two merged requests of
the same kinds is in the variables, so a server sees few different texts.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = ["Merged", "Part", "alias", "merge"]

_TEXTS = 512
_QUERY = re.compile(r"\s*query \w+(?:\((?P<variables>[^)]*)\))? \{\s*(?P<field>\w+)(?P<rest>.*)\}\s*", re.DOTALL)
_VARIABLE = re.compile(r"\$(\w+)")


class Part(NamedTuple):
    """One query: a document with a single root field, and its variables."""

    document: str
    variables: Mapping[str, Any]


class Merged(NamedTuple):
    """One query that asks for all: part N answers to `alias(N)`, and `fields` says by which name it goes alone."""

    document: str
    variables: dict[str, Any]
    fields: tuple[str, ...]


def alias(place: int) -> str:
    """The name under which the part at this place is answered."""
    return f"r{place}"


def merge(operation: str, parts: Sequence[Part]) -> Merged:
    """The parts as one query named `operation`. Raises ValueError for a document that is no such query."""
    text, fields = _text(operation, tuple(part.document for part in parts))
    variables = {f"{name}{place}": value for place, part in enumerate(parts) for name, value in part.variables.items()}
    return Merged(text, variables, fields)


@lru_cache(_TEXTS)
def _text(operation: str, documents: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    declared: list[str] = []
    lines: list[str] = []
    fields: list[str] = []
    for place, document in enumerate(documents):
        query = _QUERY.fullmatch(document)
        if query is None:
            raise ValueError(f"not a query of one field: {document.strip()[:60]!r}")
        if query["variables"]:
            declared.append(_numbered(query["variables"], place))
        lines.append(f"  {alias(place)}: {query['field']}{_numbered(query['rest'], place).rstrip()}")
        fields.append(query["field"])
    head = f"({', '.join(declared)})" if declared else ""
    return "\n".join([f"query {operation}{head} {{", *lines, "}"]), tuple(fields)


def _numbered(text: str, place: int) -> str:
    return _VARIABLE.sub(rf"$\g<1>{place}", text)
