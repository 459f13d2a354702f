import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider import AbstractProvider
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from profiles.virtual_clock import VirtualClock
from service.core.errors import ConfigError, StoreError, StoreUnavailable
from service.core.switches import FlagChange, FlagState, Switches
from service.flow import switchboard as module
from service.flow.periodic import every
from service.flow.switchboard import REFRESH_EVERY_S, FlagProvider, Switchboard, load_provider
from service.observe.meter import MemoryMeter
from tests.flow.kit import virtually

KEYS = ("1.1", "1.2", "3.1")
USERS = [f"user{n}" for n in range(300)]
OFF, ALL, HALF = FlagState(0), FlagState(100), FlagState(50)


class FakeFlagStore:
    """Implements FlagStore: what operators set, or why it cannot be read."""

    def __init__(self) -> None:
        self.flags: dict[str, FlagState] = {}
        self.error: StoreError | None = None

    async def read(self) -> Mapping[str, FlagState]:
        if self.error is not None:
            raise self.error
        return self.flags

    async def write(self, change: FlagChange) -> None:
        raise AssertionError("a switchboard only reads")

    async def history(self, limit: int) -> list[FlagChange]:
        raise AssertionError("a switchboard only reads")


@pytest.fixture(autouse=True)
def _own_providers() -> Iterator[None]:
    """OpenFeature's providers are the process's: none is left to the next test."""
    yield
    api.shutdown()


def board_of(provider: FlagProvider) -> Switchboard:
    api.set_provider_and_wait(provider, "test")
    return Switchboard("test", KEYS, lambda: provider.revision)


def users_of(board: Switchboard, key: str) -> set[str]:
    return {user for user in USERS if key in board.snapshot(user)}


def test_the_defaults_act_until_an_operator_says_otherwise() -> None:
    provider = FlagProvider({"1.1": ALL, "1.2": OFF, "3.1": ALL})
    board = board_of(provider)
    before = board.snapshot("ann")
    provider.update({"1.1": OFF, "1.2": ALL})
    changed = board.snapshot("ann")
    provider.update({})
    assert [before, changed, board.snapshot("ann")] == [{"1.1", "3.1"}, {"1.2", "3.1"}, {"1.1", "3.1"}]


def test_a_partial_rollout_is_stable_for_each_user() -> None:
    provider = FlagProvider({"1.1": HALF})
    first = users_of(board_of(provider), "1.1")
    assert first == users_of(board_of(FlagProvider({"1.1": HALF})), "1.1")
    assert 90 < len(first) < 210


def test_a_wider_rollout_only_adds_users() -> None:
    provider = FlagProvider({"1.1": FlagState(20)})
    board = board_of(provider)
    few = users_of(board, "1.1")
    provider.update({"1.1": FlagState(60)})
    assert few < users_of(board, "1.1")


def test_only_a_real_change_is_a_new_revision() -> None:
    provider = FlagProvider({"1.1": OFF})
    provider.update({})
    provider.update({"1.1": OFF, "unknown": ALL})
    unchanged = provider.revision
    provider.update({"1.1": ALL})
    assert (unchanged, provider.revision) == (0, 1)


def test_a_flag_that_this_version_does_not_know_acts_for_nobody() -> None:
    provider = FlagProvider({"1.1": OFF})
    provider.update({"9.9": ALL})
    assert board_of(provider).snapshot("ann") == set()


class CountingProvider(FlagProvider):
    """Counts its evaluations."""

    evaluations = 0

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        self.evaluations += 1
        return super().resolve_boolean_details(flag_key, default_value, evaluation_context)


def test_answers_are_remembered_until_the_revision_changes() -> None:
    provider = CountingProvider({"1.1": ALL})
    board = board_of(provider)
    for user in ("ann", "ann", "bob", "ann"):
        board.snapshot(user)
    remembered = provider.evaluations
    provider.update({"1.1": OFF})
    board.snapshot("ann")
    assert (remembered, provider.evaluations) == (2 * len(KEYS), 3 * len(KEYS))


def test_the_memory_of_answers_is_bounded() -> None:
    board = Switchboard("test", (), lambda: 0)
    sizes = []
    for n in range(module._REMEMBERED_USERS + 50):
        board.snapshot(f"user{n}")
        sizes.append(len(board._answers))
    assert max(sizes) == module._REMEMBERED_USERS


def test_a_change_in_the_store_acts_after_one_refresh_and_stays_while_the_store_is_down() -> None:
    store, provider = FakeFlagStore(), FlagProvider({"1.1": OFF})
    board = board_of(provider)

    async def main(clock: VirtualClock) -> list[Switches]:
        seen = []
        refreshing = asyncio.create_task(
            every(REFRESH_EVERY_S, lambda: provider.refresh(store), clock, MemoryMeter(), name="flags")
        )
        for flags, error in (({}, None), ({"1.1": ALL}, None), ({}, StoreUnavailable("down")), ({}, None)):
            store.flags, store.error = flags, error
            await asyncio.sleep(REFRESH_EVERY_S + 0.1)
            seen.append(board.snapshot("ann"))
        refreshing.cancel()
        return seen

    assert virtually(main) == [set(), {"1.1"}, {"1.1"}, set()]


def test_flags_of_other_types_have_their_defaults() -> None:
    api.set_provider_and_wait(FlagProvider({"1.1": ALL}), "test")
    client = api.get_client("test")
    assert (client.get_string_value("1.1", "x"), client.get_integer_value("1.1", 7)) == ("x", 7)


def foreign() -> AbstractProvider:
    """Another vendor's provider."""
    variants = {"on": True, "off": False}
    return InMemoryProvider({"1.2": InMemoryFlag("on", variants), "3.1": InMemoryFlag("off", variants)})


def broken() -> AbstractProvider:
    raise OSError("no licence file")


@pytest.fixture
def vendor() -> Iterator[str]:
    """An importable module of somebody else; its name."""
    vendor = ModuleType("vendor_of_flags")
    vendor.__dict__.update(foreign=foreign, broken=broken, nothing=dict)
    sys.modules[vendor.__name__] = vendor
    yield vendor.__name__
    del sys.modules[vendor.__name__]


def test_another_vendors_provider_decides(vendor: str) -> None:
    api.set_provider_and_wait(load_provider(f"{vendor}:foreign"), "test")
    assert Switchboard("test", KEYS, lambda: 0).snapshot("ann") == {"1.2"}


@pytest.mark.parametrize("factory", ["", ":", "absent", ":absent", ":broken", ":nothing", ".sub:foreign"])
def test_a_factory_that_gives_no_provider_is_a_config_error(vendor: str, factory: str) -> None:
    with pytest.raises(ConfigError, match="PULSE_FLAG_PROVIDER=vendor_of_flags"):
        load_provider(f"{vendor}{factory}")


@pytest.mark.parametrize("path", ["", ":", ":factory", "no.such.module:factory", ".relative:factory", "sys:", "a b:c"])
def test_a_path_that_leads_nowhere_is_a_config_error(path: str) -> None:
    with pytest.raises(ConfigError, match="PULSE_FLAG_PROVIDER="):
        load_provider(path)


def test_a_module_that_cannot_be_compiled_is_a_config_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flags_with_a_typo.py").write_text("def factory(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="flags_with_a_typo"):
        load_provider("flags_with_a_typo:factory")


def test_shares_are_those_of_operators_over_the_defaults() -> None:
    provider = FlagProvider({"1.1": FlagState(100.0), "1.3": FlagState(0.0)})
    provider.update({"1.3": FlagState(25.0)})
    assert provider.shares() == {"1.1": 1.0, "1.3": 0.25}
