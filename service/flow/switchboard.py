"""The switches of a message, through OpenFeature: our provider reads them from the store, another can replace it."""

import importlib
from collections.abc import Callable, Hashable, Mapping, Sequence

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata
from openfeature.provider.no_op_provider import NoOpProvider

from service.core.errors import ConfigError
from service.core.switches import FlagState, Switches, is_on
from service.ports import FlagStore

__all__ = ["REFRESH_EVERY_S", "FlagProvider", "Switchboard", "load_provider"]

REFRESH_EVERY_S = 2.0
"""A flag that an operator sets acts within this time, plus one read of the store."""

_REMEMBERED_USERS = 10_000


class FlagProvider(NoOpProvider):
    """Flags as operators set them, over the defaults of the phase that the service was started with.

    Every switch is a boolean; flags of other types have their default, as in the base class.
    """

    def __init__(self, defaults: Mapping[str, FlagState]) -> None:
        super().__init__()
        self._defaults = dict(defaults)
        self._flags = dict(defaults)
        self.revision = 0

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata("pulse")

    def update(self, overrides: Mapping[str, FlagState]) -> None:
        """Takes the operators' settings; the revision changes when they do."""
        flags = self._defaults | {key: state for key, state in overrides.items() if key in self._defaults}
        if flags != self._flags:
            self._flags = flags
            self.revision += 1

    def shares(self) -> dict[str, float]:
        """The share of users for whom each switch is on, 0 to 1."""
        return {key: state.percent / 100.0 for key, state in self._flags.items()}

    async def refresh(self, store: FlagStore) -> None:
        """Reads the operators' settings. Raises StoreError: then what was read last stays."""
        self.update(await store.read())

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001 - the signature is OpenFeature's
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """Whether the switch is on for the user named by the targeting key."""
        state = self._flags.get(flag_key)
        if state is None:
            return FlagResolutionDetails(default_value, reason=Reason.DEFAULT)
        user = evaluation_context.targeting_key if evaluation_context else None
        return FlagResolutionDetails(is_on(flag_key, state, user or ""), reason=Reason.TARGETING_MATCH)


class Switchboard:
    """Evaluates every switch once per message.

    `revision` changes when any flag may have changed; answers are remembered until then, because an evaluation costs
    ten microseconds for each switch.
    """

    def __init__(self, domain: str, keys: Sequence[str], revision: Callable[[], Hashable]) -> None:
        self._client = api.get_client(domain)
        self._keys = tuple(keys)
        self._revision = revision
        self._seen: Hashable = None
        self._answers: dict[str, Switches] = {}

    def snapshot(self, user: str) -> Switches:
        """The switches that act for this user now."""
        revision = self._revision()
        if revision != self._seen:
            self._seen = revision
            self._answers.clear()
        known = self._answers.get(user)
        return self._evaluated(user) if known is None else known

    def _evaluated(self, user: str) -> Switches:
        if len(self._answers) >= _REMEMBERED_USERS:
            self._answers.clear()
        context = EvaluationContext(targeting_key=user)
        found = frozenset(k for k in self._keys if self._client.get_boolean_value(k, False, context))  # noqa: FBT003 - the signature is OpenFeature's
        self._answers[user] = found
        return found


def load_provider(path: str) -> AbstractProvider:
    """The provider that `package.module:factory` makes. Raises ConfigError."""
    module, _, factory = path.partition(":")
    try:
        provider = getattr(importlib.import_module(module), factory)()
    except Exception as error:
        raise ConfigError(f"PULSE_FLAG_PROVIDER={path} cannot be loaded: {error}") from error
    if not isinstance(provider, AbstractProvider):
        raise ConfigError(f"PULSE_FLAG_PROVIDER={path} made {type(provider).__name__}, not an OpenFeature provider")
    return provider
