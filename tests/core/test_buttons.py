import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.buttons import Answer, answer_button, command_button, decode_button
from service.core.payments import proposal_id


@given(st.text(max_size=50), st.booleans())
def test_a_payments_button_comes_back_as_the_same_answer(message_id: str, yes: bool) -> None:
    payment = proposal_id(message_id)
    assert decode_button(answer_button(payment, yes=yes)) == Answer(yes=yes, payment_id=payment)


@given(st.text(max_size=197))
def test_a_command_button_comes_back_as_the_same_text(text: str) -> None:
    assert decode_button(command_button(text)) == text


def test_a_command_that_looks_like_an_answer_is_still_a_command() -> None:
    assert decode_button(command_button("pay:yes:1")) == "pay:yes:1"


@given(st.text(max_size=300))
def test_any_id_is_an_answer_a_command_or_nothing(button_id: str) -> None:
    meaning = decode_button(button_id)
    assert meaning is None or button_id.startswith(("pay:", "do:"))


@pytest.mark.parametrize(
    "button_id",
    [
        "",
        "pay:",
        "pay:yes",
        "pay:yes:",
        "pay:YES:1",
        "pay:maybe:1",
        "pay:yes:1 ",
        "pay:yes:1\n",
        "pay:yes:a:b",
        " do:x",
        "DO:x",
    ],
)
def test_an_id_that_is_not_exactly_ours_means_nothing(button_id: str) -> None:
    assert decode_button(button_id) is None


def test_an_id_fits_whatsapps_limits() -> None:
    assert len(answer_button(proposal_id("wamid.1"), yes=False)) <= 256
    assert len(command_button("x" * 197)) == 200


def test_a_text_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="198 characters"):
        command_button("x" * 198)
