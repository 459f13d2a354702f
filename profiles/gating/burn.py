"""A bot that is slower by a known share: `python burn.py SHARE serve ...` is `pulse serve ...` that burns CPU, too.

It is started by its path and knows the standard library alone, so that it slows down whatever version of the bot is on
the path.
"""

import runpy
import sys
import threading
import time
from pathlib import Path

__all__ = ["burn_forever", "main"]

_STEP_S = 0.02


def main(share: str, *words: str) -> None:
    """Runs the command line of the bot, and the burning in a thread that ends with it."""
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [folder for folder in sys.path if folder != here]
    threading.Thread(target=burn_forever, args=(float(share),), daemon=True).start()
    sys.argv = ["pulse", *words]
    runpy.run_module("pulse_cli", run_name="__main__", alter_sys=True)


def burn_forever(share: float) -> None:
    """Every few milliseconds, burns that share of the CPU time that the rest of the process has used meanwhile."""
    done_s = 0.0
    while True:
        time.sleep(_STEP_S)
        owed_s = share * (time.process_time() - time.thread_time()) - done_s
        begin_s = time.thread_time()
        while time.thread_time() - begin_s < owed_s:
            pass
        done_s += max(0.0, time.thread_time() - begin_s)


if __name__ == "__main__":
    main(*sys.argv[1:])
