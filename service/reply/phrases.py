"""The wording of everything the bot says about rules, refusals and help: one place, one wording for each key.

`{names}` are filled with facts, which are cleaned of markup first.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ARRIVALS",
    "DEFAULT_PROBLEM",
    "DEFAULT_REFUSAL",
    "DEFAULT_REJECTION",
    "DEFAULT_WITHDRAWAL",
    "HELP_PAGES",
    "HELP_PAGE_OF",
    "NO_STATEMENT",
    "PROBLEMS",
    "REFUSALS",
    "REJECTIONS",
    "WITHDRAWALS",
]

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "not-linked": "Your Flash account isn't linked yet. Send *link* to connect it.",
        "not-understood": "I didn't understand “{text}”. Send *help* to see what I can do.",
        "amount-missing": "How much? Write it like this: *send 5 to @bob*",
        "amount-unreadable": "I can't read “{amount}” as an amount. Write dollars like *5* or *7.50*.",
        "amount-not-positive": "The amount has to be more than zero.",
        "amount-too-large": "{amount} is more than I can move at once. The limit is {limit}.",
        "memo-too-long": "That note is too long. It can have {limit} characters.",
        "recipient-missing": "To whom? Write it like this: *send 5 to @bob*",
        "recipient-unclear": "Whom do you mean? Name one recipient, like this: *send 5 to @bob*",
        "lightning-address": "I can't send to Lightning addresses like {address} yet. A @username, a saved contact, "
        "a phone number or an invoice will do.",
        "phone-form": "“{phone}” doesn't look like a phone number. Write it with the country code, like +18765551234.",
        "cant-pay-self": "That's you. I can only send money to somebody else.",
        "insufficient-balance": "Your balance is {balance}, which is not enough for {amount}.",
        "invoice-unreadable": "I can't read that invoice. Please copy it again, whole.",
        "invoice-expired": "That invoice has expired. Please ask for a new one.",
        "invoice-needs-amount": "That invoice leaves the amount to you. Write *send 5 to* and the invoice.",
        "invoice-has-amount": "That invoice is for {amount}. Send it to me without an amount.",
        "invoice-amount-fixed": "The invoice says how much. Answer *yes* or *no*.",
        "need-phone": "WhatsApp doesn't show me your phone number, and I need it to find your Flash account. "
        "Please share it in your privacy settings, then send *link* again.",
        "code-just-sent": "I've just sent you a code. It can take a minute to arrive; then send me its six digits.",
        "code-form": "The code has six digits. Send them like this: *verify 123456*",
        "no-code-asked": "There's no code to check. Send *link* first.",
        "phone-mismatch": "That account belongs to another phone number, so I haven't linked it.",
        "totp-required": "Your account asks for an authenticator code, which I can't take here yet.",
        "username-form": "A username has 3 to 50 letters, digits and underscores, and starts with no digit.",
        "username-fixed": "You are @{own}, and a username can't be changed.",
        "username-taken": "@{username} is taken. Please choose another name.",
        "username-refused": "Flash doesn't let you take @{username}: it's not available, or you have a name already.",
        "contact-action": "I can *contacts list*, *contacts add bob +18765551234* and *contacts remove bob*.",
        "contact-name-missing": "Which contact? Write it like this: *contacts add bob +18765551234*",
        "contact-name-form": "“{name}” won't do as a name: one word of at most 30 characters, starting with a letter.",
        "contact-phone-missing": "And the number? Write it like this: *contacts add bob +18765551234*",
        "contacts-full": "You have {limit} contacts, and that's all I can keep. Remove one first.",
        "month-unknown": "I don't know the month “{month}”. Write it like *statement 2026-03* or *statement march*.",
        "currency-unknown": "I don't know the currency “{currency}”. Use a code like USD, EUR or JMD.",
    }
)

DEFAULT_PROBLEM = "I can't do that as you asked. Send *help* to see what I can do."

REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "IBEX_ERROR": "Flash couldn't make that invoice. A shorter note may help.",
        "INVALID_INPUT": "Flash doesn't accept that. Please check what you wrote.",
        "NOT_FOUND": "Flash doesn't know that.",
        "PHONE_ALREADY_ATTACHED_ERROR": "Flash says that this phone number is already in use.",
        "TRANSACTION_RESTRICTED": "Your Flash account isn't allowed to do that.",
    }
)
"""By Flash's error code, for whatever is not a payment."""

DEFAULT_REFUSAL = "Flash refused that."

REJECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "INSUFFICIENT_BALANCE": "your balance isn't enough",
        "CANT_PAY_SELF": "it would go to yourself",
        "INVALID_INPUT": "Flash doesn't accept it as it is",
        "NOT_AUTHENTICATED": "your session with Flash has ended; send *link* to connect again",
        "FAILURE": "Flash couldn't carry it out",
        "NOT_FOUND": "Flash can't find the recipient",
        "NOT_SENT": "I couldn't reach Flash; try again in a moment",
        "TOO_MANY_REQUEST": "Flash is asking me to slow down; try again in a few minutes",
        "TOO_MANY_REQUESTS": "Flash is asking me to slow down; try again in a few minutes",
        "TRANSACTION_RESTRICTED": "your Flash account isn't allowed to send it",
        "resolved": "a person has looked into it",
        "UNAUTHENTICATED": "your session with Flash has ended; send *link* to connect again",
    }
)
"""Why a payment was not made, by Flash's error code."""

DEFAULT_REJECTION = "Flash refused it"

ARRIVALS: Mapping[str, str] = MappingProxyType(
    {
        "named": "You received {amount} from {payer}.",
        "unnamed": "You received {amount}.",
    }
)
"""What a recipient is told of a payment to them, with or without the payer's username."""

WITHDRAWALS: Mapping[str, str] = MappingProxyType(
    {
        "daily-count": "that's more payments than you can make in 24 hours",
        "daily-sum": "that's more than you can send in 24 hours",
        "declined": "you said no",
        "expired": "it wasn't confirmed in time. Send it again if you still want to",
        "interrupted": "I was interrupted before I could send it. Send it again if you still want to",
        "invoice-expired": "the invoice has expired. Please ask for a new one",
    }
)
"""Why a proposal came to nothing; one that was replaced gives no reason."""

DEFAULT_WITHDRAWAL = "it was replaced or withdrawn"

NO_STATEMENT: Mapping[str, str] = MappingProxyType(
    {
        "empty": "There are no payments in that time, so there's no statement to send.",
        "not-linked": "That account isn't linked with me any more, so I haven't made the statement. "
        "Send *link* to connect it.",
        "not-made": "Something went wrong while I made your statement, so there's no file. "
        "Please ask for it again later.",
        "refused": "Flash refused to give me those payments, so there's no statement.",
        "session-expired": "Your session with Flash has ended, so I couldn't make the statement. "
        "Send *link* to connect again, then ask for it once more.",
        "too-large": "I can't get more than {limit} payments into one file. "
        "Ask for a month instead, like *statement 2026-03*.",
    }
)
"""Why a statement that was promised was not made."""

HELP_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "": "*What I can do*\n"
        "*balance*: what you have\n"
        "*send 5 to @bob*: pay somebody, or paste an invoice\n"
        "*receive 5*: an invoice for somebody to pay you\n"
        "*history*: your last payments; *statement*: a month as a file\n"
        "*price*: what a bitcoin costs\n"
        "*contacts*: names for phone numbers\n"
        "\nMore: *help wallet*, *help send*, *help receive*, *help contacts*",
        "welcome": "Hello! I'm Pulse, and I work with your Flash wallet here in WhatsApp.\n"
        "\nSend *link* to connect your account: you'll get a code, and send it back to me.\n"
        "Without an account you can ask for the *price* of bitcoin.",
        "wallet": "*Your wallet*\n"
        "*link*, then *verify 123456*: connects your account\n"
        "*balance*: what you have; *refresh* asks again\n"
        "*history*: your last payments; *history ID*: one of them\n"
        "*statement*: this month as a file; *statement pdf march*, *statement last month*; *history all*: everything\n"
        "*username*: your name; *username NAME*: choose one\n"
        "*price EUR*: a bitcoin in another currency\n"
        "*unlink*: disconnects your account",
        "send": "*Sending money*\n"
        "*send 5 to @bob*: to a Flash username\n"
        "*send 5 to bob*: to a saved contact\n"
        "*send 5 to +18765551234*: to a phone linked with me\n"
        "*send 5 to @bob for lunch*: with a note\n"
        "Or paste a Lightning invoice.\n"
        "\nI always ask before anything moves. Answer *yes*, *no* or another amount within 5 minutes.",
        "receive": "*Receiving money*\n"
        "*receive 5*: an invoice for $5, with a QR code\n"
        "*receive 5 lunch*: with a note\n"
        "*receive*: the payer chooses the amount\n"
        "\nAn invoice expires quickly, so make it when the other one is ready to pay.",
        "contacts": "*Contacts*\n"
        "*contacts*: the names you have saved\n"
        "*contacts add bob +18765551234*: save one\n"
        "*contacts remove bob*: remove one\n"
        "\nThen *send 5 to bob* works without the @.",
    }
)
"""Help, by page; the first is for linked users, `welcome` for the others."""

HELP_PAGE_OF: Mapping[str, str] = MappingProxyType(
    {
        **{page: page for page in ("wallet", "send", "receive", "contacts")},
        "1": "wallet",
        "2": "send",
        "3": "receive",
        "more": "contacts",
    }
)
"""The page of each category the parser knows; all others have the first."""
