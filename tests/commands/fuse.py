"""The end of the process at any point: ports that may be the last thing that is called."""

import inspect
from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class Fuse:
    """Kills the process at its n-th touch of a port; every call touches before and after its effect."""

    def __init__(self, kill_at: int) -> None:
        self.left = kill_at

    def touch(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, port: Any) -> Any:
        """The port, which may now be the last thing that is called."""
        fuse = self

        async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            fuse.touch()
            result = await function(*args, **kwargs)
            fuse.touch()
            return result

        class Mortal:
            async def __call__(self, *args: Any) -> Any:
                return await call(port, *args)

            def __getattr__(self, name: str) -> Any:
                function = getattr(port, name)
                if not inspect.iscoroutinefunction(function):
                    return function  # it waits for nothing, so nobody dies in it

                async def method(*args: Any, **kwargs: Any) -> Any:
                    return await call(function, *args, **kwargs)

                return method

        return Mortal()
