"""Whom a payment is meant for: from what was typed to somebody Flash can be asked about, or an invoice."""

from dataclasses import dataclass
from typing import Literal

from service.commands.fields import INVOICE, RECIPIENT, USERNAME, invoice_of, phone_of, username_key
from service.core.bolt11 import Invoice
from service.core.requests import Request
from service.core.results import RecipientUnknown
from service.ports import Contacts, Sessions

__all__ = ["Aim", "Aims", "ToInvoice", "ToUser"]

_MAX_LABEL_CHARS = 60


@dataclass(frozen=True, slots=True)
class ToUser:
    """A Flash user, `label` being the words the payer chose for them."""

    label: str
    username: str
    kind: Literal["username", "phone"]


@dataclass(frozen=True, slots=True)
class ToInvoice:
    """An invoice, as typed and as read."""

    text: str
    invoice: Invoice

    @property
    def label(self) -> str:
        """Its description comes from whoever made it, so it is never shown alone, as a name would be."""
        about = self.invoice.description[:_MAX_LABEL_CHARS]
        return f"a Lightning invoice ({about})" if about else "a Lightning invoice"


Aim = ToUser | ToInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """Finds out whom a request means, from our own records alone.

    Of another user's session only the username is used: never the token, and the payer is not told the name.
    """

    sessions: Sessions
    contacts: Contacts

    async def find(self, request: Request) -> Aim | RecipientUnknown:
        """The request has passed its rules: it names exactly one recipient, in a form that can be read."""
        args = request.command.args
        invoice = invoice_of(request)
        if invoice is not None:
            return ToInvoice(args[INVOICE], invoice)
        if USERNAME in args:
            return ToUser(f"@{args[USERNAME]}", username_key(args[USERNAME]), "username")
        phone = phone_of(request)
        if phone is not None:
            return await self._by_phone(phone, phone)
        return await self._by_contact(request.user, args[RECIPIENT])

    async def _by_contact(self, user: str, name: str) -> Aim | RecipientUnknown:
        contact = await self.contacts.find(user, name)
        if contact is None:
            return RecipientUnknown(name, "contact")
        return await self._by_phone(contact.phone, f"{contact.name} ({contact.phone})")

    async def _by_phone(self, phone: str, label: str) -> Aim | RecipientUnknown:
        session = await self.sessions.find_by_phone(phone)
        if session is None or session.username is None:
            return RecipientUnknown(label, "phone")
        return ToUser(label, username_key(session.username), "phone")
