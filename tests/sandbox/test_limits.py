from service.sandbox.accounts import otp_code
from service.sandbox.limits import Codes, RateLimit

PHONE = "+18765550101"


def test_events_up_to_the_limit_are_admitted() -> None:
    limit = RateLimit(2, 60, 300)
    assert [limit.admit("a", at_s) for at_s in (0, 1, 2)] == [True, True, False]


def test_one_too_many_blocks_for_longer_than_the_window() -> None:
    limit = RateLimit(1, 60, 300)
    limit.admit("a", 0)
    assert not limit.admit("a", 10)
    assert [limit.admit("a", at_s) for at_s in (100, 309, 310)] == [False, False, True]


def test_the_window_slides() -> None:
    limit = RateLimit(2, 60, 300)
    assert [limit.admit("a", at_s) for at_s in (0, 50, 61, 111)] == [True] * 4


def test_subjects_do_not_disturb_each_other() -> None:
    limit = RateLimit(1, 60, 300)
    assert [limit.admit(subject, 0) for subject in "aab"] == [True, False, True]


def test_four_codes_an_hour_are_sent() -> None:
    codes = Codes()
    assert [codes.send(PHONE, at_s) for at_s in (0, 1, 2, 3, 4)] == [True] * 4 + [False]


def test_a_right_code_is_good_for_one_login() -> None:
    codes = Codes()
    codes.send(PHONE, 0)
    assert codes.check(PHONE, otp_code(PHONE), 5) is None
    assert codes.check(PHONE, otp_code(PHONE), 6) == "PHONE_CODE_ERROR"


def test_a_code_that_was_never_sent_is_wrong() -> None:
    assert Codes().check(PHONE, otp_code(PHONE), 0) == "PHONE_CODE_ERROR"


def test_a_code_expires() -> None:
    codes = Codes()
    codes.send(PHONE, 0)
    assert codes.check(PHONE, otp_code(PHONE), 601) == "CODE_EXPIRED_ERROR"


def test_guessing_is_stopped() -> None:
    codes = Codes()
    codes.send(PHONE, 0)
    answers = [codes.check(PHONE, "x", at_s) for at_s in range(9)]
    assert answers == ["PHONE_CODE_ERROR"] * 8 + ["TOO_MANY_REQUEST"]
    assert codes.check(PHONE, otp_code(PHONE), 10) == "TOO_MANY_REQUEST"
