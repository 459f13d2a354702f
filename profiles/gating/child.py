"""One side of a gate, as a process in its own checkout: `python -m profiles.gating.child REQUEST ANSWER`.

Both are files of JSON: `profiles.gating.protocol`. What cannot be done is said in one line on standard error.
"""

import sys
from pathlib import Path

import msgspec

from profiles.bench import Plan, run_bench
from profiles.gating.protocol import Answer, Request

__all__ = ["main"]


def main(request_file: str, answer_file: str) -> int:
    """Measures what is asked for; 0 when it is done."""
    try:
        request = msgspec.json.decode(Path(request_file).read_bytes(), type=Request)
        workload = request.traffic.workload
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"this code cannot read the traffic that it was handed: {error}\n")
        return 1
    trace = request.traffic.trace
    run = run_bench(Plan(arms=request.arms, workload=workload, seed=trace.seed, minutes=trace.minutes), trace)
    answer = Answer(str(Path(__file__).resolve().parents[2]), trace.digest, run)
    Path(answer_file).write_bytes(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
