"""`pulse bench --live` and `--both`: what is refused before anything is measured."""

import pytest

from pulse_cli.live import Timing, check
from service.core.errors import ConfigError

NOTHING: dict[str, bool] = {"--minutes": False, "--no-memory": False, "--ablate": False}
VIRTUAL = Timing(live=False, both=False, rate_per_s=None, seconds=None, rounds=None)
LIVE = VIRTUAL._replace(live=True)


@pytest.mark.parametrize("timing", [VIRTUAL, LIVE, LIVE._replace(rate_per_s=50.0, seconds=5.0, rounds=6)])
def test_what_fits_passes(timing: Timing) -> None:
    check(timing, NOTHING)
    assert timing.is_real == timing.live


@pytest.mark.parametrize(
    ("timing", "message"),
    [
        (LIVE._replace(both=True), "--live and --both exclude each other"),
        (VIRTUAL._replace(rate_per_s=5.0, rounds=3), "--rate, --rounds only with --live or --both"),
        (LIVE._replace(rate_per_s=-1.0), "--rate must be more than 0 and at most 10000, not -1"),
        (LIVE._replace(rounds=0), "--rounds must be more than 0"),
    ],
)
def test_what_does_not_fit_is_refused(timing: Timing, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(timing, NOTHING)


def test_options_of_virtual_time_are_refused_in_real_time() -> None:
    with pytest.raises(ConfigError, match="--ablate not with --live or --both"):
        check(LIVE, NOTHING | {"--ablate": True})
    check(VIRTUAL, NOTHING | {"--ablate": True})
