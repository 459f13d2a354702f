"""The two halves of the key space."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store import keys

RECORD_KEYS: list[Callable[[str], str]] = [
    keys.session,
    keys.linking,
    keys.alias,
    keys.phone,
    keys.account,
    keys.contacts,
    keys.payment,
    keys.open_payment,
    keys.moved,
    keys.claim,
    keys.wallet,
    keys.told,
    keys.appended,
    keys.experiment_instances,
    lambda name: keys.experiment_record(name, "pulse-1"),
    lambda name: keys.experiment_users(name, "on"),
]
LOSABLE_KEYS: list[Callable[[str], str]] = [keys.generation, keys.stats, keys.answer, keys.asked, keys.taken]


def test_no_name_belongs_to_both_halves() -> None:
    for record in keys.RECORDS:
        for losable in keys.DISPOSABLE:
            assert not record.startswith(losable)
            assert not losable.startswith(record)


@pytest.mark.parametrize("make", RECORD_KEYS)
@given(name=st.text())
def test_no_name_of_a_record_is_a_caches(make: Callable[[str], str], name: str) -> None:
    assert make(name).startswith(keys.RECORDS)
    assert not keys.is_cache(make(name))
    assert not make(name).startswith(keys.DISPOSABLE)


@pytest.mark.parametrize("make", LOSABLE_KEYS)
@given(name=st.text())
def test_what_may_be_lost_is_no_record(make: Callable[[str], str], name: str) -> None:
    assert make(name).startswith(keys.DISPOSABLE)
    assert not make(name).startswith(keys.RECORDS)


def test_a_function_for_every_pattern_is_tried_here() -> None:
    made = {
        function
        for name, function in inspect.getmembers(keys, inspect.isfunction)
        if name in keys.__all__ and name not in {"is_cache", "contact_field"}
    }
    tried_with_two_names = {keys.experiment_record, keys.experiment_users}
    assert made == {each for each in (*RECORD_KEYS, *LOSABLE_KEYS) if each in made} | tried_with_two_names


def test_a_number_is_the_same_person_with_and_without_its_plus() -> None:
    assert keys.alias("+18765550101") == keys.alias("18765550101")


def test_no_other_file_of_the_store_spells_a_key() -> None:
    prefixes = (*keys.RECORDS, *keys.DISPOSABLE)
    for path in Path(inspect.getfile(keys)).parent.glob("*.py"):
        if path.name == "keys.py":
            continue
        words = [
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert [word for word in words if word.startswith(prefixes) and ":" in word and " " not in word] == []
