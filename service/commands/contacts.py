from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.fields import phone_of
from service.commands.name_rules import contact_action, contact_name_form, contact_phone_form
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import ContactRemoved, ContactSaved, ContactsShown, Problem, Result
from service.core.sessions import Contact
from service.ports import Contacts, Rule

__all__ = ["MAX_CONTACTS", "ContactsCommand"]

MAX_CONTACTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsCommand:
    """`contacts`, `contacts add NAME PHONE`, `contacts remove NAME`."""

    contacts: Contacts
    type: ClassVar[CommandType] = CommandType.CONTACTS
    rules: ClassVar[Sequence[Rule]] = (linked_only, contact_action, contact_name_form, contact_phone_form)

    async def handle(self, request: Request) -> Result:
        args = request.command.args
        match args.get("action", "list"):
            case "add":
                return await self._add(request, args["name"])
            case "remove":
                return ContactRemoved(args["name"], existed=await self.contacts.remove(request.user, args["name"]))
            case _:
                saved = await self.contacts.all(request.user)
                return ContactsShown(tuple(sorted(saved, key=lambda contact: contact.name.casefold())))

    async def _add(self, request: Request, name: str) -> Result:
        phone = phone_of(request)
        if phone is None:
            return Problem("contact-phone-missing")
        saved = {contact.name.casefold() for contact in await self.contacts.all(request.user)}
        if len(saved) >= MAX_CONTACTS and name.casefold() not in saved:
            return Problem("contacts-full", {"limit": str(MAX_CONTACTS)})
        contact = Contact(name, phone)
        await self.contacts.save(request.user, contact)
        return ContactSaved(contact)
