"""What a stretch of time cost: the bot's share of a core and its memory, and how busy the machine was."""

import psutil

from reports.load import Process

__all__ = ["Meter"]

_MB = 1_000_000


class Meter:
    """Measures from its creation on. `pid` is the bot's, where it is a process of this machine."""

    def __init__(self, pid: int | None, now_s: float) -> None:
        self._begin_s = now_s
        self._process = psutil.Process(pid) if pid is not None else None
        self._machine = _busy()
        self._cpu_s = self._used_s()
        self._rss_mb = [self._rss()]

    def sample(self) -> None:
        """Looks at the memory."""
        self._rss_mb.append(self._rss())

    def bot(self, now_s: float) -> Process | None:
        """The bot's figures so far; None where it is not seen, or has ended."""
        self.sample()
        wall_s = now_s - self._begin_s
        if self._process is None or wall_s <= 0:
            return None
        return Process(
            cpu_share=max(0.0, self._used_s() - self._cpu_s) / wall_s,
            rss_mb_begin=self._rss_mb[0],
            rss_mb_peak=max(self._rss_mb),
            rss_mb_end=self._rss_mb[-1],
        )

    def machine(self) -> float:
        """The share of all cores that were busy, with whatever."""
        (busy_begin, all_begin), (busy_end, all_end) = self._machine, _busy()
        return (busy_end - busy_begin) / (all_end - all_begin) if all_end > all_begin else 0.0

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
