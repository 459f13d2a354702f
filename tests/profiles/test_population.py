"""The people of a trace."""

import pytest

from profiles.chance import Chance
from profiles.population import Member, draw_population
from profiles.workload_model import Users
from service.sandbox.accounts import wa_id
from service.sandbox.world import Person, World

USERS = Users(count=400, linked_share=0.8, contacts=3.0, currencies={"USD": 3.0, "JMD": 1.0})


@pytest.fixture
def members() -> tuple[Member, ...]:
    return draw_population(USERS, Chance("1"))


def test_the_population_has_the_shares_of_the_workload(members: tuple[Member, ...]) -> None:
    assert sum(member.linked for member in members) / 400 == pytest.approx(0.8, abs=0.08)
    assert sum(member.currency == "JMD" for member in members) / 400 == pytest.approx(0.25, abs=0.08)
    assert sum(len(member.contacts) for member in members) / 400 == pytest.approx(3.0, abs=0.6)


def test_contacts_have_names_of_their_own_and_are_other_people(members: tuple[Member, ...]) -> None:
    for index, member in enumerate(members):
        assert len({contact.name for contact in member.contacts}) == len(member.contacts)
        assert all(contact.member != index for contact in member.contacts)


def test_the_sandbox_can_house_the_population(members: tuple[Member, ...]) -> None:
    world = World(Person(member.username, member.phone, member.username, member.currency) for member in members)
    member = members[17]
    account = world.find(member.username)
    assert account is not None
    assert (account.phone, wa_id(member.phone)) == (member.phone, member.sender)
