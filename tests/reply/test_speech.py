"""Spoken answers: what is said, and that it is sound."""

import pytest

from service.core.messages import Button, Buttons, Document, Picture, Text, Voice
from service.reply.aloud import aloud, spoken
from service.reply.speech import can_speak, speak

FILE = Document("csv", "u", "a", "w", 0, 1, "all", "f.csv", "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Your balance is *$250.00*.", "Your balance is $250.00."),
        ("Send *$5.00* to *@bob*?\n\nAnswer *yes* or *no*.", "Send $5.00 to bob? Answer yes or no."),
        ("Paid ✅ to @ann", "Paid to ann"),
        ("one\ntwo", "one. two"),
        ("✅", ""),
    ],
)
def test_marks_and_signs_are_not_said(text: str, said: str) -> None:
    assert spoken(text) == said


def test_what_is_long_is_cut() -> None:
    assert len(spoken("word " * 1_000)) == 1_000


def test_the_text_comes_first_and_codes_and_files_are_not_read_out() -> None:
    question = Buttons("Send *$5.00*?", (Button("y", "Yes"),))
    assert aloud([question]) == (question, Voice("Send $5.00?"))
    picture, invoice = Picture("LIGHTNING:LNBC1", "Show this"), Text("lnbc1")
    assert aloud([picture, invoice]) == (picture, Voice("Show this"), invoice)
    promise = Text("In a moment.")
    assert aloud([promise, FILE]) == (promise, Voice("In a moment."), FILE)


def test_where_there_is_nothing_to_say_nothing_is_added() -> None:
    assert aloud([]) == []
    assert aloud([Text("✅")]) == [Text("✅")]
    assert aloud([FILE]) == [FILE]


def test_words_become_an_mp3_of_one_channel_and_longer_ones_a_longer_one() -> None:
    assert can_speak()
    short, long = speak("Your balance is $250.00."), speak("Your balance is $250.00. " * 4)
    header = int.from_bytes(short[:4])
    assert header >> 21 == 0b111_1111_1111  # the sync word of an MPEG frame
    assert (header >> 17) & 0b11 == 0b01  # layer III
    assert (header >> 6) & 0b11 == 0b11  # one channel
    assert len(long) > 2 * len(short)


def test_silence_is_no_answer() -> None:
    with pytest.raises(ValueError, match="nothing to speak"):
        speak(" ")
