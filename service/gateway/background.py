"""Starting work in the background, so that a start that fails leaves nothing behind."""

from collections.abc import Callable, Coroutine
from typing import Any

from service.ports import Spawn

__all__ = ["launch"]


def launch(spawn: Spawn, work: Coroutine[Any, Any, None], *, name: str, undo: Callable[[], object]) -> None:
    """Hands the work over; when it is not taken (the service is stopping), undoes and raises what spawn raised."""
    try:
        spawn(work, name=name)
    except BaseException:
        work.close()
        undo()
        raise
