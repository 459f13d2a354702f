"""What a stretch of time costs a process of this machine."""

import os
import time

from profiles.load.usage import MOST_READINGS, Meter


def test_the_bots_core_and_memory_are_those_between_the_first_look_and_the_last() -> None:
    meter = Meter(os.getpid())
    meter.look(100.0)
    assert (meter.bot, meter.machine) == (None, None)
    begin_s = time.process_time()
    while time.process_time() - begin_s < 0.1:  # the kernel counts in hundredths, and late on a busy machine
        pass
    meter.look(101.0)
    assert meter.bot is not None
    assert meter.bot.cpu_share >= 0.04
    assert 0 < meter.bot.rss_mb_begin <= meter.bot.rss_mb_peak >= meter.bot.rss_mb_end > 1


def test_a_bot_that_is_not_seen_or_gone_costs_nothing_that_is_known() -> None:
    meter = Meter(None)
    meter.look(1.0)
    meter.look(2.0)
    assert meter.bot is None
    assert meter.rss is None


def test_readings_of_memory_are_bounded_however_long_it_takes() -> None:
    meter = Meter(os.getpid())
    looks = 2 * MOST_READINGS + 2
    for number in range(looks):
        meter.look(float(number), float(number), 10 * number)
    rss = meter.rss
    assert rss is not None
    assert MOST_READINGS / 2 <= len(rss.at_s) <= MOST_READINGS
    assert (rss.at_s[0], rss.at_s[1], rss.messages[1]) == (0.0, 4.0, 40)
    assert looks - rss.at_s[-1] <= 4
    assert min(rss.rss_mb) > 1
