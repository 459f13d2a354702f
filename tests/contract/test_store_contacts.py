"""The Contacts port on the store."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.core.sessions import Contact
from service.store.commands import Run
from service.store.contacts import RedisContacts
from tests.store.kit import FakeMeter, Stage

BOB = Contact("Bob", "+18765550102")
ZOE = Contact("Zoë", "+18765550103")
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


def make(run: Run) -> RedisContacts:
    return RedisContacts(run, FakeMeter())


def test_contacts_come_sorted_by_name(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        for contact in (ZOE, Contact("alice", "+18765550104"), BOB):
            await make(run).save("u1", contact)
        assert [each.name for each in await make(run).all("u1")] == ["alice", "Bob", "Zoë"]

    stage.play(scenario)


def test_a_contact_is_found_however_its_name_is_typed(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save("u1", ZOE)
        for typed in ("Zoë", "ZOË", "zoe\u0308", " zoë "):
            assert await make(run).find("u1", typed) == ZOE

    stage.play(scenario)


def test_the_same_name_again_replaces_the_number(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save("u1", BOB)
        await make(run).save("u1", Contact("BOB", "+18765550199"))
        assert await make(run).all("u1") == [Contact("BOB", "+18765550199")]

    stage.play(scenario)


def test_contacts_belong_to_one_user(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save("u1", BOB)
        assert await make(run).all("u2") == []
        assert await make(run).find("u2", "Bob") is None

    stage.play(scenario)


def test_removing_says_whether_there_was_one(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save("u1", BOB)
        assert await make(run).remove("u1", "bob") is True
        assert await make(run).remove("u1", "bob") is False
        assert await make(run).all("u1") == []

    stage.play(scenario)


@given(name=NAMES)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_comes_back_as_it_was(stage: Stage, name: str) -> None:
    async def scenario(run: Run) -> None:
        await make(run).save("u1", Contact(name, "+18765550102"))
        assert await make(run).find("u1", name) == Contact(name, "+18765550102")

    stage.play(scenario)
