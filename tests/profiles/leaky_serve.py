"""`pulse serve` with a leak around the worker: a program for the test of the leak profiler."""

from service.core.messages import Entry
from service.flow import worker

KEPT: list[bytes] = []


class LeakyWorker(worker.Worker):
    async def __call__(self, entry: Entry) -> None:
        KEPT.append(bytes(500))
        await super().__call__(entry)


if __name__ == "__main__":
    worker.Worker = LeakyWorker  # type: ignore[misc]  # the leak is planted where the map looks for the worker
    from pulse_cli.main import main

    main()
