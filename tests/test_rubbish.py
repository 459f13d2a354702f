import gc
import weakref

from service.rubbish import seldom_collected


class _Knot:
    """Refers to itself, so that only a collection finds it."""

    def __init__(self) -> None:
        self.me = self


def test_collections_are_rarer_inside_and_as_before_after_it() -> None:
    usual = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0


def test_garbage_that_is_made_inside_is_found_by_a_collection() -> None:
    with seldom_collected():
        knot = weakref.ref(_Knot())
        gc.collect()
    assert knot() is None


def test_the_inner_of_two_changes_nothing() -> None:
    with seldom_collected():
        inside, kept = gc.get_threshold(), gc.get_freeze_count()
        with seldom_collected():
            pass
        assert (gc.get_threshold(), gc.get_freeze_count()) == (inside, kept)
