"""Validation (item 2.2): a command's rules, in order, before anything is asked of the upstream."""

from collections.abc import Iterable

from service.core.requests import Request
from service.core.results import Result
from service.ports import Rule

__all__ = ["first_problem"]


def first_problem(rules: Iterable[Rule], request: Request) -> Result | None:
    """What the first rule that does not hold says; None when all hold."""
    return next((problem for rule in rules if (problem := rule(request)) is not None), None)
