"""What is remembered of readings, and what is not."""

from service.commands.parsing import parse
from service.commands.parsing.remembering import MAX_CHARS, MAX_TEXTS, Remembering
from service.core.commands import Parsed


class Reads:
    """A parser that counts how often it is asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str, *, voice: bool = False) -> Parsed:
        self.texts.append(text)
        return parse(text, voice=voice)


def times_read(*texts: str) -> int:
    reads = Reads()
    remembering = Remembering(reads)
    for text in texts:
        assert remembering(text) == parse(text)
    return len(reads.texts)


def test_a_common_text_is_read_once() -> None:
    assert times_read("balance", "help", "balance", "balance") == 2


def test_what_carries_something_is_read_each_time() -> None:
    assert times_read("send 5 to bob", "send 5 to bob", "123456", "123456") == 4


def test_what_is_not_understood_is_read_each_time() -> None:
    assert times_read("qwertz uiop", "qwertz uiop") == 2


def test_a_long_text_is_read_each_time() -> None:
    text = "balance" + " " * MAX_CHARS
    assert times_read(text, text) == 2


def test_no_more_texts_are_kept_than_the_bound() -> None:
    reads = Reads()
    remembering = Remembering(reads)
    for number in range(MAX_TEXTS + 1):
        remembering("".join(char.upper() if number >> at & 1 else char for at, char in enumerate("transactions")))
        assert len(remembering) == number % MAX_TEXTS + 1
