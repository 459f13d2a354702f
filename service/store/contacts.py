"""Saved contacts: a hash for each user, by name."""

import msgspec

from service.core.sessions import Contact
from service.ports import Meter
from service.store import keys
from service.store.commands import Run
from service.store.records import readable

__all__ = ["RedisContacts"]

_DECODER = msgspec.json.Decoder(Contact)


class RedisContacts:
    """Implements Contacts. A name is found however it is capitalised."""

    def __init__(self, run: Run, meter: Meter) -> None:
        self._run = run
        self._meter = meter

    async def all(self, user: str) -> list[Contact]:
        """Sorted by name."""
        [values] = await self._run([("HVALS", keys.contacts(user))])
        contacts = (readable(_DECODER, value, self._meter, "contacts") for value in values)
        return sorted((each for each in contacts if each is not None), key=lambda each: keys.contact_field(each.name))

    async def find(self, user: str, name: str) -> Contact | None:
        """As Contacts."""
        [value] = await self._run([("HGET", keys.contacts(user), keys.contact_field(name))])
        return None if value is None else readable(_DECODER, value, self._meter, "contacts")

    async def save(self, user: str, contact: Contact) -> None:
        """As Contacts; replaces the one of this name."""
        field = keys.contact_field(contact.name)
        await self._run([("HSET", keys.contacts(user), field, msgspec.json.encode(contact))])

    async def remove(self, user: str, name: str) -> bool:
        """Whether there was one."""
        [removed] = await self._run([("HDEL", keys.contacts(user), keys.contact_field(name))])
        return bool(removed)
