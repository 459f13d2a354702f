"""Every port has a contract test, and every implementation of it, here or in the toolkit, is under that test (4.2)."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import profiles
import service
from service import ports

ROOT = Path(__file__).parents[2]

CONTRACTS: Mapping[str, str] = {
    "CacheStore": "contract/test_store_cache.py",
    "Chat": "reply/whatsapp_kit.py",
    "Clock": "contract/test_common_ports.py",
    "CommandHandler": "contract/test_command_handlers.py",
    "Compute": "contract/test_compute.py",
    "Contacts": "contract/test_store_contacts.py",
    "Dice": "contract/test_common_ports.py",
    "EventLog": "contract/test_store_events.py",
    "ExperimentStore": "contract/test_store_experiments.py",
    "FlagStore": "contract/test_store_flags.py",
    "Inbox": "contract/test_store_inbox.py",
    "Meter": "contract/test_common_ports.py",
    "Outbox": "contract/test_store_outbox.py",
    "Payments": "contract/test_store_payments.py",
    "Sessions": "contract/test_store_sessions.py",
    "Spawn": "flow/test_nursery.py",
    "Together": "flow/test_together.py",
    "UsageStore": "contract/test_store_cache.py",
    "Wallet": "gateway/test_flash_wallet.py",
}
"""The tests of each port."""

FUNCTIONS: Mapping[str, tuple[str, ...]] = {"Together": ("at_once", "in_sequence")}
"""Implementations that are no classes."""


@cache
def protocols() -> dict[str, Any]:
    exported = {name: getattr(ports, name) for name in ports.__all__}
    return {name: port for name, port in exported.items() if is_port(port)}


@cache
def classes() -> tuple[type, ...]:
    """Every class that the service and the toolkit define."""
    found: list[type] = []
    for package in (service, profiles):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__") and not info.name.startswith("service.ports"):
                module = importlib.import_module(info.name)
                found += [each for each in vars(module).values() if inspect.isclass(each)]
    return tuple(dict.fromkeys(each for each in found if each.__module__.startswith(("service", "profiles"))))


def is_port(cls: type) -> bool:
    return bool(getattr(cls, "_is_protocol", False))


def members(port: Any) -> Iterator[tuple[str, object]]:
    for name, member in vars(port).items():
        if isinstance(member, FunctionType | property) and (name == "__call__" or not name.startswith("_")):
            yield name, member


def has(cls: type, name: str, member: object) -> bool:
    """Whether a class has the member, with the same parameters if it is a method."""
    own = inspect.getattr_static(cls, name, None)
    if isinstance(member, FunctionType):
        return isinstance(own, FunctionType) and parameters(own) == parameters(member)
    return own is not None


def parameters(function: FunctionType) -> list[str]:
    return list(inspect.signature(function).parameters)


def implementations(name: str) -> list[str]:
    """But for private ones: those stand in for a port, or wrap it, inside one module, and are tested with it."""
    port = protocols()[name]
    public = [each for each in classes() if not each.__name__.startswith("_") and not is_port(each)]
    found = [each.__name__ for each in public if all(has(each, *one) for one in members(port))]
    return [*found, *FUNCTIONS.get(name, ())]


def test_every_port_has_a_contract_test() -> None:
    assert set(CONTRACTS) == set(protocols())


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_contract_test_of_a_port_knows_all_of_its_implementations(name: str) -> None:
    text = "".join((ROOT / "tests" / file).read_text() for file in CONTRACTS[name].split())
    found = implementations(name)
    assert found, "a port that nobody implements"
    assert [each for each in found if each not in text] == []


def test_an_implementation_is_found_by_its_methods_and_their_parameters() -> None:
    assert implementations("Chat") == ["WhatsAppChat"]
    assert {"SystemClock", "VirtualClock"} <= set(implementations("Clock"))
    assert len(implementations("CommandHandler")) >= 15
