"""The Sessions port on the store."""

import msgspec

from service.core.payment_steps import advance
from service.core.payments import PaymentState
from service.core.sessions import Conversation, Linking
from service.store.commands import Run
from service.store.payments import RedisPayments
from service.store.sealing import Sealer
from service.store.sessions import LINKING_S, SESSION_S, RedisSessions
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage, counted, proposal, session

KEY = b"k" * 32
NOBODY = Conversation(None, None, None)


def make(run: Run, key: bytes = KEY, meter: FakeMeter | None = None) -> RedisSessions:
    dice = FakeDice()
    return RedisSessions(run, Sealer(key, dice), RedisPayments(run, dice, FakeMeter()), meter or FakeMeter())


def test_nobody_is_known_at_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).open("u1") == NOBODY

    stage.play(scenario)


def test_a_saved_session_is_found_by_user_and_by_phone(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        assert (await make(run).open("u1")).session == session()
        assert await make(run).find_by_phone("+18765550101") == session()
        assert await make(run).find_by_user("u1") == session()
        assert await make(run).find_by_user("u2") is None

    stage.play(scenario)


def test_the_account_of_a_session_is_found_with_its_token_while_the_session_lasts(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        assert await sessions.find_account("account-u1") is None
        await sessions.save(session())
        found = await sessions.find_account("account-u1")
        assert found == session().account
        assert found is not None
        assert found.token == session().token
        await sessions.delete(session())
        assert await sessions.find_account("account-u1") is None
        assert await run([("EXISTS", "account:account-u1")]) == [0]

    stage.play(scenario)


def test_an_account_that_its_user_has_left_finds_nobody(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        await sessions.save(session())
        await sessions.save(msgspec.structs.replace(session(), account_id="another"))
        assert await sessions.find_account("account-u1") is None

    stage.play(scenario)


def test_nothing_of_a_session_lies_open_in_the_store(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        [stored] = await run([("GET", "session:u1")])
        for secret in (b"secret-token", b"account-u1", b"alice", b"8765550101"):
            assert secret not in stored

    stage.play(scenario)


def test_opening_pushes_the_expiry_forward_and_looking_somebody_up_does_not(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        await run([("EXPIRE", "session:u1", 100)])
        await make(run).find_by_phone("+18765550101")
        assert await run([("TTL", "session:u1")]) == [100]
        await make(run).open("u1")
        [left] = await run([("TTL", "session:u1")])
        assert SESSION_S - 60 < left <= SESSION_S

    stage.play(scenario)


def test_a_session_that_ended_is_not_found_by_phone(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        await run([("DEL", "session:u1")])
        assert await make(run).find_by_phone("+18765550101") is None

    stage.play(scenario)


def test_a_wrong_key_finds_no_session_and_destroys_none(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        meter = FakeMeter()
        assert await make(run, b"x" * 32, meter).open("u1") == NOBODY
        assert meter.counts["store_unreadable", "session"] == 1
        assert (await make(run).open("u1")).session == session()

    stage.play(scenario)


def test_a_session_moved_to_another_user_does_not_open(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save(session())
        [stored] = await run([("GET", "session:u1")])
        await run([("SET", "session:u2", stored)])
        assert (await make(run).open("u2")).session is None

    stage.play(scenario)


def test_a_linking_is_kept_with_its_attempts_for_ten_minutes(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        linking = Linking("+18765550101", 1_700_000_000.0, attempts=2)
        await make(run).save_linking("u1", linking)
        assert (await make(run).open("u1")).linking == linking
        [left] = await run([("TTL", "linking:u1")])
        assert 0 < left <= LINKING_S == 600

    stage.play(scenario)


def test_saving_a_session_ends_the_linking(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save_linking("u1", Linking("+18765550101", 1_700_000_000.0))
        await make(run).save(session())
        assert await make(run).open("u1") == Conversation(session(), None, None)

    stage.play(scenario)


def test_the_latest_proposal_comes_in_its_present_state(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = RedisPayments(run, FakeDice(), FakeMeter())
        await payments.propose(proposal())
        await payments.move(proposal(), advance(proposal(), PaymentState.CONFIRMED))
        assert (await make(run).open("u1")).payment == advance(proposal(), PaymentState.CONFIRMED)

    stage.play(scenario)


def test_opening_is_one_call_and_a_second_one_only_for_a_payment(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        without = counted(run)
        await make(without).open("u1")
        await RedisPayments(run, FakeDice(), FakeMeter()).propose(proposal())
        with_payment = counted(run)
        await make(with_payment).open("u1")
        assert (without.calls, with_payment.calls) == (1, 2)

    stage.play(scenario)


def test_deleting_leaves_nothing_but_the_payment(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions, payments = make(run), RedisPayments(run, FakeDice(), FakeMeter())
        await sessions.save(session())
        await sessions.save_linking("u1", Linking("+18765550101", 1_700_000_000.0))
        await payments.propose(proposal())
        await make(Losing(run, 1)).delete(session())
        assert await sessions.open("u1") == NOBODY
        assert await sessions.find_by_phone("+18765550101") is None
        assert await run([("EXISTS", "phone:+18765550101")]) == [0]
        assert await payments.get(proposal().id) == proposal()

    stage.play(scenario)


def test_deleting_leaves_a_number_to_whom_it_belongs_by_now(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        await sessions.save(session("u1"))
        await sessions.save(session("u2"))
        await sessions.delete(session("u1"))
        assert await sessions.find_by_phone("+18765550101") == session("u2")

    stage.play(scenario)


def test_a_number_that_was_changed_finds_nobody(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        await sessions.save(session("u1", "+18765550101"))
        await sessions.save(session("u1", "+18765550202"))
        assert await sessions.find_by_phone("+18765550101") is None
        assert await sessions.find_by_phone("+18765550202") == session("u1", "+18765550202")

    stage.play(scenario)


MINE = msgspec.structs.replace(session(), wallet_id="wallet-u1")


def test_a_wallet_finds_whose_it_is_and_how_long_they_have_been_silent(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        await sessions.save(MINE)
        await run([("EXPIRE", "session:u1", SESSION_S - 3_600)])
        found = await sessions.find_by_wallet("wallet-u1")
        assert found is not None
        assert found.session == MINE
        assert 3_599 < found.silent_s < 3_700
        await sessions.open("u1")
        found = await sessions.find_by_wallet("wallet-u1")
        assert found is not None
        assert found.silent_s < 60

    stage.play(scenario)


def test_a_wallet_that_nobody_has_linked_or_that_was_left_finds_nobody(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        sessions = make(run)
        await sessions.save(session())  # as it was kept before there were wallets in it
        assert await sessions.find_by_wallet("wallet-u1") is None
        await sessions.save(MINE)
        await sessions.save(msgspec.structs.replace(MINE, wallet_id="another"))
        assert await sessions.find_by_wallet("wallet-u1") is None
        await sessions.delete(msgspec.structs.replace(MINE, wallet_id="another"))
        assert await sessions.find_by_wallet("another") is None
        assert await run([("EXISTS", "wallet:another")]) == [0]

    stage.play(scenario)
