from service.core.freshness import Namespace
from service.core.queries import Query
from service.gateway.forgotten import Forgotten
from tests.gateway.fakes import ANA, BALANCE, BALANCES, BEN, PRICE


def test_what_is_older_is_hidden_and_what_is_not_is_shown() -> None:
    forgotten = Forgotten()
    forgotten.note(ANA.id, BALANCES, 100.0)
    assert forgotten.hides(BALANCE, 99.9)
    assert not forgotten.hides(BALANCE, 100.0)


def test_other_accounts_namespaces_and_public_data_are_shown() -> None:
    forgotten = Forgotten()
    forgotten.note(ANA.id, BALANCES, 100.0)
    assert not forgotten.hides(Query(Namespace.BALANCE, account=BEN), 0.0)
    assert not forgotten.hides(Query(Namespace.PROFILE, account=ANA), 0.0)
    assert not forgotten.hides(PRICE, 0.0)


def test_beyond_its_limit_it_drops_the_earliest() -> None:
    forgotten = Forgotten(limit=2)
    for account_id in (ANA.id, "acc-2", ANA.id, "acc-3"):
        forgotten.note(account_id, BALANCES, 100.0)
    assert forgotten.hides(BALANCE, 0.0)
    assert len(forgotten._at_s) == 2
