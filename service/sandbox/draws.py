"""Chance that two arms of an experiment share.

A sequence of random numbers handed out in the order of the calls gives every call another number as soon as one arm
makes one call more. Here a number belongs to the call itself: to the seed, to what is asked, and to how often the same
thing was asked before. Two arms that make the same k-th call draw the same number, whatever else they do, and in a
difference of the two only what really differs is left (common random numbers).
"""

import hashlib
from collections import Counter

__all__ = ["Draws"]

_MAX_COUNTED = 200_000
_TWO_TO_64 = 2.0**64


class Draws:
    """Pairs of uniform numbers in (0, 1), by seed, subject and count."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._salt = f"{seed}|{purpose}|"
        self._counts: Counter[str] = Counter()

    def next(self, subject: str) -> tuple[float, float]:
        """The numbers of the next call about this subject.

        Counts are kept for the latest 200,000 subjects; one that was dropped starts again.
        """
        count = self._counts.pop(subject, 0)
        self._counts[subject] = count + 1
        if len(self._counts) > _MAX_COUNTED:
            del self._counts[next(iter(self._counts))]
        digest = hashlib.blake2b(f"{self._salt}{count}|{subject}".encode(), digest_size=16).digest()
        first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        # Only the 53 highest bits fit a float; the half keeps the result off 0 and 1, where a quantile is infinite.
        return ((first >> 11) + 0.5) * 2048 / _TWO_TO_64, ((second >> 11) + 0.5) * 2048 / _TWO_TO_64
