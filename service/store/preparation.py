"""What is done once, before the first message."""

from service.store import cache, control, events, experiments, flags, inbox, outbox, payments, sessions
from service.store.commands import Run
from service.store.scripts import load

__all__ = ["SCRIPTS", "prepare"]

SCRIPTS = (
    inbox.ACCEPT,
    outbox.FINISH,
    outbox.RETRY,
    outbox.ADD,
    events.APPEND,
    sessions.SAVE,
    sessions.DELETE,
    payments.PROPOSE,
    payments.MOVE,
    payments.CONFIRM,
    cache.SET_IF_GENERATION,
    cache.BUMP,
    cache.RANK,
    control.ASK,
    control.TAKE,
    flags.WRITE,
    experiments.BEGIN,
    experiments.FINISH,
    experiments.PUBLISH,
)


async def prepare(run: Run) -> None:
    """Makes all scripts known to the server. Raises StoreUnavailable; without it, first uses take longer."""
    await load(run, SCRIPTS)
