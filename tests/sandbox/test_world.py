import subprocess
import sys

import pytest

from service.core.phones import to_e164
from service.sandbox.accounts import is_username, otp_code, wa_id
from service.sandbox.world import Person, World

FINGERPRINT = """
from service.sandbox.world import World
w = World.generate(3, 50)
print([(a.id, a.phone, a.usd_wallet_id, w.token(a), w.ledger.balance(a.usd_wallet_id)) for a in w.accounts])
"""


@pytest.fixture(scope="module")
def generated() -> World:
    return World.generate(seed=1, users=2_000)


def test_a_generated_world_is_the_same_in_every_process() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_generated_people_are_valid_and_unique(generated: World) -> None:
    people = list(generated.names.values())
    assert len({a.phone for a in people}) == len({a.username for a in people}) == 2_000
    assert all(a.phone and to_e164(a.phone) == a.phone for a in people[::100])
    assert all(a.username and is_username(a.username) for a in people)


def test_generated_currencies_have_their_shares(generated: World) -> None:
    currencies = [a.display_currency for a in generated.names.values()]
    assert 250 < currencies.count("JMD") < 350
    assert 60 < currencies.count("EUR") < 140


def test_seeds_give_other_balances(generated: World) -> None:
    other = World.generate(seed=2, users=100)
    name = "u00007"
    wallet = other.names[name].usd_wallet_id
    assert generated.ledger.balance(wallet) != other.ledger.balance(wallet)


def test_a_world_starts_balanced(generated: World) -> None:
    assert generated.ledger.total("USD") == generated.ledger.total("BTC") == 0


@pytest.mark.parametrize("users", [-1, 1_000_001])
def test_absurd_populations_are_refused(users: int) -> None:
    with pytest.raises(ValueError, match="users"):
        World.generate(1, users)


def test_demo_people_have_numbers_that_exist() -> None:
    for account in World.demo().names.values():
        assert account.phone is not None
        assert to_e164(account.phone) == account.phone


def test_tokens_outlive_a_restart() -> None:
    before, after = World.demo(), World.demo()
    assert after.account_of(before.token(before.names["alice"])) is after.names["alice"]


@pytest.mark.parametrize("token", ["", "sbx", "sbx_", "sbx__", "sbx_x_y", "Bearer", "sbx_é_é"])
def test_what_is_no_token_is_nobody(token: str) -> None:
    assert World.demo().account_of(token) is None


def test_a_token_of_another_seal_is_nobody() -> None:
    world = World.demo()
    token = world.token(world.names["alice"])
    assert world.account_of(token[:-1] + ("0" if token[-1] != "0" else "1")) is None


@pytest.mark.parametrize("wanted", ["dave", "Dave", "@dave", "+18765550104", "18765550104", "+1 876 555-0104"])
def test_people_are_found_by_what_they_are_called(wanted: str) -> None:
    world = World.demo()
    assert world.find(wanted) is world.names["dave"]


def test_nobody_is_found_by_nothing() -> None:
    assert World.demo().find("") is None


def test_a_taken_phone_or_username_is_refused() -> None:
    world = World.demo()
    with pytest.raises(ValueError, match="taken"):
        world.settle(Person("x", "+18765550101", None))
    with pytest.raises(ValueError, match="taken"):
        world.settle(Person("x", "+18765550199", "ALICE"))


def test_codes_are_six_digits_of_the_phone() -> None:
    assert otp_code("+18765550101") == otp_code("+18765550101") != otp_code("+18765550102")
    assert len(otp_code("+18765550101")) == 6
    assert wa_id("+18765550101") == "18765550101"


@pytest.mark.parametrize("name", ["ab", "a" * 51, "1abc", "3abc", "bc1abc", "lnbc1abc", "a b", "a-b", "é_x", ""])
def test_what_is_no_username(name: str) -> None:
    assert not is_username(name)
