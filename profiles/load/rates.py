"""How many messages a second, and when: "ramp:10..200/60s" to a rate over time, and to the times of single messages.

Messages come at these times whatever becomes of those before (an open loop): k6's arrival rates, vegeta's rate.
"""

import math
import re
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from profiles.chance import Chance
from service.core.errors import ConfigError

__all__ = ["MAX_MESSAGES", "Profile", "Shape", "Stage", "constant", "parse_profile", "schedule"]

Shape = Literal["constant", "ramp", "spike", "soak", "breakpoint"]

MAX_MESSAGES = 2_000_000
"""The most that one profile may send: every message is kept until the end."""

_DAY_S = 86_400.0
_MAX_RATE = 100_000.0
_MAX_STAGES = 50
_SPIKE_PARTS = (0.4, 0.2, 0.4)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0}
_STAGE = re.compile(
    r"((?P<shape>[a-z]+):)?(?P<rate>\d+(\.\d+)?)(\.\.(?P<peak>\d+(\.\d+)?))?/(?P<time>\d+(\.\d+)?)(?P<unit>[smh])"
)
_TWO_RATES = frozenset({"ramp", "spike", "breakpoint"})
_HOW = "write e.g. constant:50/60s, ramp:10..200/60s, spike:20..300/90s, soak:50/2h or breakpoint:10..1000/10m"


class Stage(msgspec.Struct, frozen=True):
    """A rate that goes in a straight line from one value to another, in messages a second."""

    begin_per_s: float
    end_per_s: float
    seconds: float

    @property
    def messages(self) -> float:
        """How many come in it."""
        return (self.begin_per_s + self.end_per_s) / 2 * self.seconds

    def at_s(self, messages: float) -> float:
        """By when so many of its messages have come: what solves begin*t + slope*t**2/2 = messages."""
        slope = (self.end_per_s - self.begin_per_s) / self.seconds
        root = math.sqrt(max(0.0, self.begin_per_s**2 + 2 * slope * messages))
        divisor = self.begin_per_s + root  # the root of the citardauq formula: exact where the slope is nearly 0
        return min(self.seconds, 2 * messages / divisor) if divisor else 0.0


class Profile(msgspec.Struct, frozen=True):
    """Stages, one after the other. `shape` is that of the first: what it is meant to find out."""

    text: str
    shape: Shape
    stages: tuple[Stage, ...]

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def messages(self) -> float:
        """How many messages come in all, on average."""
        return sum(stage.messages for stage in self.stages)

    def rate_at(self, at_s: float) -> float:
        """Messages a second at a time; 0 before and after the profile."""
        for stage in self.stages:
            if 0 <= at_s < stage.seconds:
                return stage.begin_per_s + (stage.end_per_s - stage.begin_per_s) * at_s / stage.seconds
            at_s -= stage.seconds
        return 0.0

    def when(self, messages: float) -> float:
        """By when so many messages have come; infinite for more than there are."""
        begin_s = 0.0
        for stage in self.stages:
            if messages < stage.messages:
                return begin_s + stage.at_s(messages)
            messages -= stage.messages
            begin_s += stage.seconds
        return math.inf


def constant(rate_per_s: float, seconds: float) -> Profile:
    """The same rate all the time."""
    return Profile(f"constant:{rate_per_s:g}/{seconds:g}s", "constant", (Stage(rate_per_s, rate_per_s, seconds),))


def parse_profile(text: str) -> Profile:
    """The profile in a text: stages with commas between them; a stage without a shape is constant.

    A spike goes on at its first rate for 40 % of its time, at the second for 20 %, and at the first again. A soak is
    a constant rate, and a breakpoint a ramp, of which the report says more.

    Raises:
        ConfigError: it is not understood, or is more than can be sent; it says what, and how a profile looks.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > _MAX_STAGES:
        raise ConfigError(f"a profile has at most {_MAX_STAGES} stages, not {len(parts)}")
    shapes, stages = zip(*(_stages(part) for part in parts), strict=True)
    profile = Profile(text, shapes[0], tuple(stage for several in stages for stage in several))
    if not 1 <= profile.messages <= MAX_MESSAGES:
        raise ConfigError(f"the profile {text!r} has {profile.messages:,.0f} messages, not 1 to {MAX_MESSAGES:,}")
    if profile.seconds > _DAY_S:
        raise ConfigError(f"the profile {text!r} takes longer than a day")
    return profile


def _stages(text: str) -> tuple[Shape, tuple[Stage, ...]]:
    found = _STAGE.fullmatch(text)
    if found is None:
        raise ConfigError(f"{text!r} is no profile; {_HOW}")
    shape = _shape(text, found["shape"] or "constant", has_two=found["peak"] is not None)
    rate, peak = float(found["rate"]), float(found["peak"] or found["rate"])
    seconds = float(found["time"]) * _UNITS[found["unit"]]
    if not seconds or max(rate, peak) > _MAX_RATE:
        raise ConfigError(f"{text!r}: a stage lasts longer than nothing, at no more than {_MAX_RATE:,.0f} messages/s")
    if shape == "spike":
        rates = zip((rate, peak, rate), _SPIKE_PARTS, strict=True)
        return shape, tuple(Stage(one, one, share * seconds) for one, share in rates)
    return shape, (Stage(rate, peak, seconds),)


def _shape(text: str, name: str, *, has_two: bool) -> Shape:
    """The shape of this name, which takes one rate or two. Raises ConfigError."""
    shapes: tuple[Shape, ...] = get_args(Shape)
    shape = next((one for one in shapes if one == name), None)
    if shape is None:
        raise ConfigError(f"{text!r}: there is no profile {name}; there are {', '.join(shapes)}")
    if (shape in _TWO_RATES) != has_two:
        raise ConfigError(f"{text!r}: {shape} takes {'two rates' if shape in _TWO_RATES else 'one rate'}; {_HOW}")
    return shape


def schedule(profile: Profile, chance: Chance, cv: float = 1.0) -> Iterator[float]:
    """When each message is to be sent, in seconds from the start, ascending.

    `cv` is the gaps' coefficient of variation: 1 is a Poisson process, as of many independent people, 0 is a metronome,
    more comes in bursts. The gaps are stretched by the rate, so that their number follows it.
    """
    work = chance.uniform() * chance.gamma(cv)  # the first gap began before the run
    while (at_s := profile.when(work)) < math.inf:
        yield round(at_s, 6)
        work += chance.gamma(cv)
