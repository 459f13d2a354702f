import msgspec
import pytest

from service.core.freshness import ACCOUNT_SCOPED, LONG_TTL_S, SHORT_TTL_S, Namespace
from service.core.queries import VALUE_TYPES, Account, Balance, Price, Profile, Query, Value

ANN, BOB = Account("acc_ann", "token_ann"), Account("acc_bob", "token_bob")
PUBLIC = sorted(set(Namespace) - ACCOUNT_SCOPED)


def test_what_belongs_to_an_account_is_profile_balance_and_transactions() -> None:
    assert {"profile", "balance", "transactions"} == ACCOUNT_SCOPED


@pytest.mark.parametrize("namespace", sorted(ACCOUNT_SCOPED))
def test_an_accounts_data_cannot_be_asked_for_without_the_account(namespace: Namespace) -> None:
    assert Query(namespace, account=ANN).account == ANN
    with pytest.raises(ValueError, match=f"{namespace} is read for an account"):
        Query(namespace)


@pytest.mark.parametrize("namespace", PUBLIC)
def test_public_data_cannot_be_asked_for_an_account(namespace: Namespace) -> None:
    assert Query(namespace, "USD").account is None
    with pytest.raises(ValueError, match=f"{namespace} is not read for an account"):
        Query(namespace, "USD", ANN)


def test_no_two_different_reads_share_a_key() -> None:
    public = [Query(namespace, argument) for namespace in PUBLIC for argument in ("", "USD", "acc_ann")]
    private = [Query(namespace, account=whose) for namespace in ACCOUNT_SCOPED for whose in (ANN, BOB)]
    assert len({query.key for query in public + private}) == len(public) + len(private)


def test_the_key_says_what_is_read_for_whom() -> None:
    assert Query(Namespace.PRICE, "USD").key == "price:-:USD"
    assert Query(Namespace.BALANCE, account=ANN).key == "balance:acc_ann:"


def test_who_asks_and_how_and_with_which_token_is_no_part_of_the_key() -> None:
    other_token = Account(ANN.id, "another token")
    keys = {
        Query(Namespace.BALANCE, account=ANN).key,
        Query(Namespace.BALANCE, account=other_token, site="send", fresh=True).key,
    }
    assert len(keys) == 1


def test_a_token_is_in_no_key_and_no_repr() -> None:
    query = Query(Namespace.BALANCE, account=ANN)
    assert "token" not in f"{query.key} {query!r} {ANN}"


def test_every_namespace_has_a_type_and_both_ttls() -> None:
    assert set(VALUE_TYPES) == set(SHORT_TTL_S) == set(LONG_TTL_S) == set(Namespace)


def test_no_ttl_is_shorter_with_the_longer_ttls_and_an_accounts_money_stays_at_30_s() -> None:
    assert all(SHORT_TTL_S[namespace] <= LONG_TTL_S[namespace] for namespace in Namespace)
    money = (Namespace.BALANCE, Namespace.TRANSACTIONS)
    assert {table[namespace] for table in (SHORT_TTL_S, LONG_TTL_S) for namespace in money} == {30.0}


@pytest.mark.parametrize("value", [Balance(5), Price(1, 2), Profile("acc_ann", None, None, "USD", "wallet")])
def test_values_survive_a_cache_as_what_they_are(value: Value) -> None:
    assert msgspec.json.decode(msgspec.json.encode(value), type=Value) == value
