"""A process that computes for the bot: it takes one function after the other from its input, and answers each.

Frames are a length of 4 bytes and a pickle; both ends are this program. It ends with its input, so that it does not
outlive the bot, however that ends.
"""

import os
import pickle
import sys
from typing import IO, Any

__all__ = ["HEAD_BYTES", "READY", "frame", "main"]

HEAD_BYTES = 4
READY = "ready"

_NICENESS = 5  # where both want the same core, the event loop goes first


def frame(fact: Any) -> bytes:
    """The fact as it goes through a pipe. Raises what pickle raises."""
    body = pickle.dumps(fact, protocol=5)
    return len(body).to_bytes(HEAD_BYTES) + body


def main() -> None:
    """Answers until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a function prints is no answer
    os.nice(_NICENESS)
    _write(answers, frame(READY))
    requests = sys.stdin.buffer
    while head := requests.read(HEAD_BYTES):
        _write(answers, _answer(requests.read(int.from_bytes(head))))


def _answer(request: bytes) -> bytes:
    """Whether the function gave something, and what, or the exception that it raised."""
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from the bot, which started this process
        return frame((True, function(*args)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
        return _failure(error)


def _failure(error: Exception) -> bytes:
    try:
        return frame((False, error))
    except Exception:  # noqa: BLE001 - an exception that does not fit through a pipe is told by its name
        return frame((False, RuntimeError(type(error).__name__)))


def _write(answers: IO[bytes], data: bytes) -> None:
    answers.write(data)
    answers.flush()


if __name__ == "__main__":
    main()
