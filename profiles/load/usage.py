"""What a stretch of time cost: the bot's share of a core and its memory, and how busy the machine was."""

import psutil

from reports.load import Process

__all__ = ["Meter"]

_MB = 1_000_000


class Meter:
    """Looks at the bot's memory when it is made and at each `look`, and at processors between its looks.

    The first look comes when messages are on their way: what starting a generator takes is not the bot's. `pid` is the
    bot's, where it is a process of this machine; `bot` and `machine` are None before there is anything to tell.
    """

    def __init__(self, pid: int | None) -> None:
        self._process = psutil.Process(pid) if pid is not None else None
        self._rss_mb = [self._rss()]
        self._begin: tuple[float, float, tuple[float, float]] | None = None
        self.bot: Process | None = None
        self.machine: float | None = None
        """The share of all cores that were busy, with whatever."""

    def look(self, now_s: float) -> None:
        """Brings the figures up to date."""
        self._rss_mb.append(self._rss())
        used_s, (busy_s, all_s) = self._used_s(), _busy()
        if self._begin is None:
            self._begin = now_s, used_s, (busy_s, all_s)
            return
        begin_s, used_before_s, (busy_before_s, all_before_s) = self._begin
        if all_s > all_before_s:
            self.machine = (busy_s - busy_before_s) / (all_s - all_before_s)
        if self._process is not None and now_s > begin_s:
            self.bot = Process(
                cpu_share=max(0.0, used_s - used_before_s) / (now_s - begin_s),
                rss_mb_begin=self._rss_mb[0],
                rss_mb_peak=max(self._rss_mb),
                rss_mb_end=self._rss_mb[-1],
            )

    def _used_s(self) -> float:
        try:
            times = self._process.cpu_times() if self._process else None
        except psutil.Error:
            return 0.0
        return float(times.user + times.system) if times else 0.0

    def _rss(self) -> float:
        try:
            return float(self._process.memory_info().rss / _MB) if self._process else 0.0
        except psutil.Error:
            return 0.0


def _busy() -> tuple[float, float]:
    """Seconds of all cores that were busy, and all their seconds, since the machine started."""
    times = psutil.cpu_times()
    total = (
        float(sum(times)) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    )  # user has them already
    return total - float(times.idle) - getattr(times, "iowait", 0.0), total
