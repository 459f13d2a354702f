"""link, verify, unlink and username."""

import msgspec

from service.core.commands import CommandType
from service.core.freshness import ACCOUNT_SCOPED
from service.core.queries import Profile
from service.core.results import (
    AccountLinked,
    CodeRefused,
    CodeSent,
    Problem,
    Trouble,
    UnlinkAsked,
    Unlinked,
    UsernameSet,
    UsernameShown,
)
from service.core.sessions import MAX_CODE_ATTEMPTS, Linking, Session
from tests.commands.fakes import ANN, NOW_S
from tests.commands.kit import World

PHONE = "+18765550001"
VERIFY = CommandType.VERIFY
USERNAME = CommandType.USERNAME
OTP = {"otp": "123456"}


def linking_world(attempts: int = 0) -> World:
    world = World()
    world.sessions.by_user.clear()
    world.sessions.linking["ann"] = Linking(PHONE, NOW_S - 100, attempts)
    return world


def nameless_world() -> World:
    world = World()
    world.sessions.by_user["ann"] = msgspec.structs.replace(ANN, username=None)
    return world


def test_link_sends_a_code_and_remembers_to_whom() -> None:
    world = World()
    assert world.ask(CommandType.LINK, user="new") == CodeSent()
    assert world.journal == [f"send_code {PHONE}", "save_linking 0"]
    assert world.sessions.linking["new"] == Linking(PHONE, NOW_S)


def test_a_code_that_could_not_be_sent_is_not_waited_for() -> None:
    world = World()
    world.wallet.refuse["send_code"] = "TOO_MANY_REQUEST"
    world.ask(CommandType.LINK, user="new")
    assert world.sessions.linking == {}


def test_after_a_minute_a_new_code_is_sent() -> None:
    world = World()
    world.sessions.linking["new"] = Linking(PHONE, NOW_S - 60, attempts=5)
    assert world.ask(CommandType.LINK, user="new") == CodeSent()
    assert world.sessions.linking["new"].attempts == 0


def test_the_right_code_links_the_account() -> None:
    world = linking_world()
    assert world.ask(VERIFY, OTP) == AccountLinked("ann")
    assert world.sessions.by_user["ann"] == Session("ann", PHONE, "acc_ann", "ann", "token_new", NOW_S, "wallet_ann")


def test_an_attempt_is_counted_before_the_code_is_tried() -> None:
    world = linking_world()
    world.ask(VERIFY, OTP)
    assert world.journal[:2] == ["save_linking 1", f"login {PHONE} 123456"]


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    world = linking_world(attempts=1)
    world.wallet.refuse["login"] = "PHONE_CODE_ERROR"
    assert world.ask(VERIFY, OTP) == CodeRefused(MAX_CODE_ATTEMPTS - 2)
    assert "ann" not in world.sessions.by_user


def test_an_old_code_cannot_be_tried_again() -> None:
    world = linking_world()
    world.wallet.refuse["login"] = "CODE_EXPIRED_ERROR"
    assert world.ask(VERIFY, OTP) == CodeRefused(0)


def test_an_authenticator_code_is_not_taken() -> None:
    world = linking_world()
    world.wallet.refuse["login"] = "TOTP_REQUIRED"
    assert world.ask(VERIFY, OTP) == Problem("totp-required")


def test_any_other_refusal_is_told_as_such() -> None:
    world = linking_world()
    world.wallet.refuse["login"] = "INVALID_INPUT"
    assert world.ask(VERIFY, OTP) == Problem("refused", {"code": "INVALID_INPUT"})


def test_an_account_of_another_phone_is_not_linked() -> None:
    world = linking_world()
    world.wallet.identity = Profile("acc_eve", "eve", "+18765550666", "USD", "wallet_eve")
    assert world.ask(VERIFY, OTP) == Problem("phone-mismatch")
    assert "ann" not in world.sessions.by_user


def test_unlink_asks_first() -> None:
    world = World()
    assert world.ask(CommandType.UNLINK) == UnlinkAsked()
    assert "ann" in world.sessions.by_user


def test_unlink_confirm_ends_the_session_and_what_caches_know() -> None:
    world = World()
    assert world.ask(CommandType.UNLINK, {"confirm": "true"}) == Unlinked()
    assert "ann" not in world.sessions.by_user
    assert world.forgotten == [("acc_ann", ACCOUNT_SCOPED)]


def test_username_shows_what_flash_knows() -> None:
    world = World()
    assert world.ask(USERNAME) == UsernameShown("ann")
    assert world.flash.asked == ["profile"]


def test_a_free_username_is_set_and_the_old_profile_forgotten() -> None:
    world = nameless_world()
    assert world.ask(USERNAME, {"username": "ann_b"}) == UsernameSet("ann_b")
    assert world.journal == [
        "is_username_free ann_b",
        "set_username acc_ann ann_b",
        "forget profile",
        "save_session ann",
    ]
    assert world.sessions.by_user["ann"].username == "ann_b"


def test_a_taken_username_is_not_set() -> None:
    world = nameless_world()
    world.wallet.taken = {"bob"}
    assert world.ask(USERNAME, {"username": "bob"}) == Problem("username-taken", {"username": "bob"})
    assert world.sessions.by_user["ann"].username is None


def test_a_username_that_was_set_before_an_interruption_is_ones_own() -> None:
    world = nameless_world()
    world.wallet.taken = {"ann"}
    assert world.ask(USERNAME, {"username": "ann"}) == UsernameSet("ann")
    assert [query.fresh for query in world.flash.queries] == [True]
    assert world.sessions.by_user["ann"].username == "ann"


def test_a_username_that_flash_refuses_is_not_kept() -> None:
    world = nameless_world()
    world.wallet.refuse["set_username"] = "USERNAME_ERROR"
    assert world.ask(USERNAME, {"username": "ann_b"}) == Problem("username-refused", {"username": "ann_b"})
    assert world.sessions.by_user["ann"].username is None


def test_another_refusal_of_a_username_is_not_about_the_name() -> None:
    world = nameless_world()
    world.wallet.refuse["set_username"] = "TOO_MANY_REQUESTS"
    assert world.ask(USERNAME, {"username": "ann_b"}) == Trouble("flash-busy")
