from typing import Any

import pytest

from service.sandbox.accounts import otp_code

SEND = """mutation($input: UserPhoneRegistrationInitiateInput!) {
  userPhoneRegistrationInitiate(input: $input) { success errors { code message } } }"""
LOGIN = """mutation($input: UserLoginInput!) {
  userLogin(input: $input) { authToken totpRequired errors { code message } } }"""
NAME = """mutation($input: UserUpdateUsernameInput!) {
  userUpdateUsername(input: $input) { user { username } errors { code message } } }"""
BOB = "+18765550102"


def test_a_code_and_a_login_give_the_account_s_token(house: Any) -> None:
    assert house.change(SEND, "bot", phone=BOB, channel="WHATSAPP") == {"success": True, "errors": []}
    login = house.change(LOGIN, None, phone=BOB, code=house.otp("bob"))
    assert login == {"authToken": house.world.token(house.person("bob")), "totpRequired": False, "errors": []}


def test_only_an_account_without_a_phone_may_send_codes(house: Any) -> None:
    assert house.code(SEND, "alice", phone=BOB) == "PHONE_ALREADY_ATTACHED_ERROR"
    assert house.ask(SEND, {"input": {"phone": BOB}})["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


def test_the_fifth_code_in_an_hour_is_refused(house: Any) -> None:
    answers = [house.change(SEND, "bot", phone=BOB) for _ in range(5)]
    assert [a["success"] for a in answers] == [True] * 4 + [None]
    assert answers[4]["errors"][0]["code"] == "TOO_MANY_REQUEST"


@pytest.mark.parametrize("phone", ["18765550102", "+1876", "+1876555010x", "", 5])
def test_what_is_no_phone_is_refused(house: Any, phone: object) -> None:
    assert house.code(SEND, "bot", phone=phone) == "INVALID_INPUT"
    assert house.code(LOGIN, None, phone=phone, code="123456") == "INVALID_INPUT"


def test_a_wrong_code_is_refused(house: Any) -> None:
    house.change(SEND, "bot", phone=BOB)
    assert house.code(LOGIN, None, phone=BOB, code=house.otp("alice")) == "PHONE_CODE_ERROR"


def test_an_old_code_is_refused(house: Any) -> None:
    house.change(SEND, "bot", phone=BOB)
    house.clock.now_s += 601
    assert house.code(LOGIN, None, phone=BOB, code=house.otp("bob")) == "CODE_EXPIRED_ERROR"


def test_the_ninth_guess_is_refused(house: Any) -> None:
    house.change(SEND, "bot", phone=BOB)
    codes = [house.code(LOGIN, None, phone=BOB, code="x") for _ in range(9)]
    assert codes[7:] == ["PHONE_CODE_ERROR", "TOO_MANY_REQUEST"]


def test_an_account_with_a_second_factor_says_so(house: Any) -> None:
    phone = house.person("grace").phone
    house.change(SEND, "bot", phone=phone)
    assert house.change(LOGIN, None, phone=phone, code=house.otp("grace"))["totpRequired"] is True


def test_a_new_phone_gets_a_new_account(house: Any) -> None:
    phone = "+18765550199"
    house.change(SEND, "bot", phone=phone)
    login = house.change(LOGIN, None, phone=phone, code=otp_code(phone))
    account = house.world.find(phone)
    assert login["authToken"] == house.world.token(account)
    assert house.world.ledger.balance(account.usd_wallet_id) == 0


def test_a_username_is_set_once(house: Any) -> None:
    assert house.change(NAME, "erin", username="erin_k") == {"user": {"username": "erin_k"}, "errors": []}
    assert house.code(NAME, "erin", username="erin_l") == "USERNAME_ERROR"
    assert house.world.find("@Erin_K") is house.person("erin")


@pytest.mark.parametrize(("username", "expected"), [("ALICE", "USERNAME_ERROR"), ("1a", "INVALID_INPUT")])
def test_a_taken_or_impossible_username_is_refused(house: Any, username: str, expected: str) -> None:
    assert house.code(NAME, "erin", username=username) == expected


def test_a_username_needs_a_login(house: Any) -> None:
    answer = house.ask(NAME, {"input": {"username": "erin_k"}})
    assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == (None, "NOT_AUTHENTICATED")
