import asyncio

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.switches import Switches
from service.switching import follow, is_active, switched, use

ON: Switches = frozenset({"1.1"})
OFF: Switches = frozenset()


def test_nothing_is_active_outside_of_a_message() -> None:
    assert not is_active("1.1")


def test_switches_act_inside_only() -> None:
    with use(ON):
        assert [is_active("1.1"), is_active("1.2")] == [True, False]
        with use(OFF):
            assert not is_active("1.1")
        assert is_active("1.1")
    assert not is_active("1.1")


def test_switches_are_taken_back_after_an_error() -> None:
    try:
        with use(ON):
            raise ValueError  # noqa: TRY301 - the error is the point
    except ValueError:
        assert not is_active("1.1")


def test_switched_chooses_at_each_call_and_passes_everything_on() -> None:
    def describe(way: str) -> object:
        return lambda *args, **kwargs: (way, args, kwargs)

    choose = switched("1.1", on=describe("on"), off=describe("off"))  # type: ignore[arg-type,var-annotated]  # any callable will do
    with use(ON):
        first = choose(1, key=2)
    assert [first, choose()] == [("on", (1,), {"key": 2}), ("off", (), {})]


def test_follow_asks_the_source_each_time() -> None:
    state = [OFF]
    with follow(lambda: state[0]):
        before = is_active("1.1")
        state[0] = ON
        assert [before, is_active("1.1")] == [False, True]


def test_each_message_keeps_its_switches_while_others_come_and_go() -> None:
    """Tasks that a message starts take its switches with them, wherever they are awaited."""
    seen: dict[str, list[bool]] = {"ann": [], "bob": []}

    async def look(user: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen[user].append(is_active("1.1"))

    async def message(user: str, switches: Switches) -> None:
        with use(switches):
            async with asyncio.TaskGroup() as group:
                group.create_task(look(user, 1))
                group.create_task(look(user, 3))
                await look(user, 2)

    async def main(_: VirtualClock) -> None:
        await asyncio.gather(message("ann", ON), message("bob", OFF))

    run_virtual(main, start_unix_s=0)
    assert seen == {"ann": [True] * 3, "bob": [False] * 3}


def test_what_cannot_differ_from_user_to_user_follows_its_own_source() -> None:
    now: list[Switches] = [frozenset()]
    choose = switched("6.1", on=lambda: "on", off=lambda: "off", by=lambda: now[-1])
    with use(frozenset({"6.1"})):
        assert choose() == "off"
    now.append(frozenset({"6.1"}))
    with use(frozenset()):
        assert choose() == "on"
