"""Whether a server keeps what it has acknowledged: money is not entrusted to one that may forget."""

from collections.abc import Mapping
from types import MappingProxyType

from service.core.errors import ConfigError, StoreError, StoreUnavailable
from service.store.commands import Run

__all__ = ["REQUIRED", "require_durable"]

REQUIRED: Mapping[str, str] = MappingProxyType(
    {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
    }
)
"""An append-only file that is synced before a command is answered, also while the file is rewritten, and nothing thrown
away when memory runs out."""


async def require_durable(run: Run) -> bool:
    """Whether the server says that it is durable; False when it does not let itself be asked.

    Raises ConfigError for one that is not, with what to change, and StoreUnavailable.
    """
    found: dict[str, str] = {}
    try:
        for name in REQUIRED:
            [reply] = await run([("CONFIG", "GET", name)])
            found.update(_pairs(reply))
    except StoreUnavailable:
        raise
    except StoreError:
        return False
    wrong = [name for name, value in REQUIRED.items() if found.get(name, value) != value]
    if wrong:
        commands = "; ".join(f"CONFIG SET {name} {REQUIRED[name]}" for name in wrong)
        raise ConfigError(
            f"the server at REDIS_URL may forget payments ({', '.join(f'{name} {found[name]}' for name in wrong)}): "
            f"set it right ({commands}), or say REDIS_DURABILITY=any if something else makes it durable"
        )
    return len(found) == len(REQUIRED)


def _pairs(reply: list[bytes]) -> dict[str, str]:
    words = [word.decode() for word in reply]
    return dict(zip(words[::2], words[1::2], strict=True))
