"""A model of traffic as facts: who writes, when, what, and how the world around the bot answers."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from profiles.round_trip import RoundTrip
from profiles.workload_strain import Core, Flood, Heavy, SlowListener, Table
from service.sandbox.latency import LatencyModel, OperationLatency, Outage

__all__ = [
    "Answers",
    "Arrivals",
    "Duplicates",
    "Latency",
    "Mix",
    "OutageSpec",
    "Sends",
    "Sessions",
    "Spam",
    "Upstream",
    "Users",
    "Workload",
]

_Share = Annotated[float, Meta(ge=0, le=1)]
_Weight = Annotated[float, Meta(ge=0)]
_Above0 = Annotated[float, Meta(gt=0)]
_Sigma = Annotated[float, Meta(ge=0, le=3)]

_MAX_ANSWER_S = 290.0
"""A proposal is open for 300 s."""


def _some(weights: Iterable[float], what: str) -> None:
    if not any(weights):
        raise ValueError(f"all weights of {what} are 0")


def _ordered(low: float, high: float, low_name: str, high_name: str) -> None:
    if low > high:
        raise ValueError(f"{low_name} is above {high_name}")


class Users(Table, frozen=True, kw_only=True):
    """Who there is: how many, which share has linked an account, and how unevenly they write (Zipf's exponent).

    `contacts` is the mean number of saved contacts, `currencies` the weight of each display currency.
    """

    count: Annotated[int, Meta(ge=2, le=1_000_000)]
    linked_share: _Share = 0.9
    popularity_exponent: Annotated[float, Meta(ge=0, le=3)] = 1.0
    contacts: Annotated[float, Meta(ge=0, le=20)] = 3.0
    currencies: dict[str, _Weight] = msgspec.field(default_factory=lambda: {"USD": 1.0})

    def __post_init__(self) -> None:
        """There must be a currency to draw."""
        _some(self.currencies.values(), "currencies")


class Arrivals(Table, frozen=True, kw_only=True):
    """When sessions begin: a rate that follows `diurnal`, with gaps of coefficient of variation `cv`.

    `messages_per_s` is the mean over the whole run, counting follow-ups, without copies by spam and redelivery.
    `diurnal` are relative rates of equal parts of the run.
    """

    messages_per_s: _Above0
    cv: Annotated[float, Meta(ge=0, le=10)] = 1.0
    diurnal: tuple[_Weight, ...] = (1.0,)

    def __post_init__(self) -> None:
        """Some part of the run must have traffic."""
        _some(self.diurnal, "diurnal")


class Sessions(Table, frozen=True, kw_only=True):
    """What one user does at a stretch: so many commands, with a lognormal think time between them.

    `revisit_share` of the commands after the first ask again for something that was read earlier in the session; after
    a payment that is the balance. It is what sets the hit rate.
    """

    commands: Annotated[float, Meta(ge=1, le=100)] = 3.0
    think_median_s: _Above0 = 12.0
    think_sigma: _Sigma = 0.8
    think_min_s: _Above0 = 1.5
    think_max_s: _Above0 = 600.0
    revisit_share: _Share = 0.4

    def __post_init__(self) -> None:
        """The longest think time is not below the shortest."""
        _ordered(self.think_min_s, self.think_max_s, "think_min_s", "think_max_s")


class Mix(Table, frozen=True, kw_only=True):
    """The weight of each command."""

    help: _Weight = 0.0
    link: _Weight = 0.0
    unlink: _Weight = 0.0
    balance: _Weight = 0.0
    refresh: _Weight = 0.0
    price: _Weight = 0.0
    username: _Weight = 0.0
    send: _Weight = 0.0
    receive: _Weight = 0.0
    history: _Weight = 0.0
    contacts: _Weight = 0.0
    unknown: _Weight = 0.0

    def __post_init__(self) -> None:
        """Some command must be sent."""
        _some(msgspec.structs.astuple(self), "the mix")


class Answers(Table, frozen=True, kw_only=True):
    """What follows the question "send it?": the weights of yes, no and another amount, and after how long.

    The shortest time is there so that slow replies of the unoptimized bot do not change what an answer means; the
    longest keeps it inside the 300 s for which a proposal is open. `tap_share` of the answers are taps on a button.
    """

    yes: _Weight = 0.88
    no: _Weight = 0.07
    amount: _Weight = 0.05
    min_s: Annotated[float, Meta(ge=1, le=_MAX_ANSWER_S)] = 6.0
    median_s: _Above0 = 5.0
    sigma: _Sigma = 0.6
    max_s: Annotated[float, Meta(ge=1, le=_MAX_ANSWER_S)] = 120.0
    tap_share: _Share = 0.0

    def __post_init__(self) -> None:
        """There must be an answer to give, in a time that exists."""
        _some((self.yes, self.no), "yes and no")
        _ordered(self.min_s, self.max_s, "min_s", "max_s")


class Sends(Table, frozen=True, kw_only=True):
    """Payments: weights of the ways to name the recipient, how uneven recipients are, and amounts in cents."""

    username: _Weight = 0.6
    contact: _Weight = 0.2
    phone: _Weight = 0.1
    invoice: _Weight = 0.1
    recipient_exponent: Annotated[float, Meta(ge=0, le=3)] = 0.9
    amount_median_cents: Annotated[int, Meta(ge=1, le=100_000)] = 500
    amount_sigma: _Sigma = 0.8
    amount_max_cents: Annotated[int, Meta(ge=1, le=100_000)] = 6_000
    answers: Answers = Answers()

    def __post_init__(self) -> None:
        """There must be a way to name a recipient."""
        _some((self.username, self.contact, self.phone, self.invoice), "the recipients")
        _ordered(self.amount_median_cents, self.amount_max_cents, "amount_median_cents", "amount_max_cents")


class Spam(Table, frozen=True, kw_only=True):
    """The share of messages that are sent several times, `min_copies` to `max_copies` in all, within a second."""

    share: _Share = 0.0
    min_copies: Annotated[int, Meta(ge=2, le=45)] = 2
    max_copies: Annotated[int, Meta(ge=2, le=45)] = 5

    def __post_init__(self) -> None:
        """The largest number is not below the smallest."""
        _ordered(self.min_copies, self.max_copies, "min_copies", "max_copies")


class Duplicates(Table, frozen=True, kw_only=True):
    """The share of messages that WhatsApp delivers a second time, after 4, 16 or 64 seconds."""

    share: _Share = 0.01


class Latency(Table, frozen=True, kw_only=True):
    """A lognormal delay."""

    median_ms: Annotated[float, Meta(ge=0, le=600_000)]
    sigma: _Sigma = 0.0


class OutageSpec(Table, frozen=True, kw_only=True):
    """A time in which one of the services fails ("error"), hangs ("timeout") or is `factor` times slower ("slow")."""

    start_s: Annotated[float, Meta(ge=0)]
    duration_s: _Above0
    kind: Literal["error", "timeout", "slow"]
    factor: Annotated[float, Meta(ge=1, le=1000)] = 1.0
    service: Literal["flash", "whatsapp"] = "flash"


class Upstream(Table, frozen=True, kw_only=True):
    """How Flash and WhatsApp answer: a delay per operation, a failure rate, outages."""

    default: Latency
    operations: dict[str, Latency] = msgspec.field(default_factory=dict)
    failure_rate: _Share = 0.0
    outages: tuple[OutageSpec, ...] = ()
    hang_s: _Above0 = 60.0

    def model(self) -> LatencyModel:
        """The same as the sandbox takes it."""
        return LatencyModel(
            default=OperationLatency(self.default.median_ms, self.default.sigma),
            operations={name: OperationLatency(one.median_ms, one.sigma) for name, one in self.operations.items()},
            failure_rate=self.failure_rate,
            outages=tuple(Outage(**msgspec.structs.asdict(outage)) for outage in self.outages),
            hang_s=self.hang_s,
        )


class Workload(Table, frozen=True, kw_only=True):
    """A model of traffic. `noise_share` of the commands are typed in another way: an alias, capitals, a sentence.

    At `restart_at_minutes` the bot is stopped and started again with empty caches; only what comes after is measured.
    """

    name: str
    title: str
    duration_minutes: Annotated[float, Meta(gt=0, le=10_080)]
    users: Users
    arrivals: Arrivals
    mix: Mix
    upstream: Upstream
    sessions: Sessions = Sessions()
    sends: Sends = Sends()
    spam: Spam = Spam()
    duplicates: Duplicates = Duplicates()
    flood: Flood = Flood()
    heavy: Heavy = Heavy()
    listener: SlowListener = SlowListener()
    core: Core = Core()
    redis: RoundTrip = RoundTrip()
    noise_share: _Share = 0.2
    restart_at_minutes: _Above0 | None = None
    moving_prices: bool = True
