"""A fake for each port that commands take; changes go into one journal."""

import asyncio
from collections.abc import Callable

import msgspec

from service.core.errors import UpstreamRefused
from service.core.freshness import Namespace
from service.core.messages import OutboxItem
from service.core.payment_steps import withdraw
from service.core.payments import DailyLimits, Outcome, Payment, PaymentState, Settled
from service.core.queries import (
    Account,
    Balance,
    Currencies,
    Currency,
    InvoiceMade,
    Price,
    Profile,
    Query,
    Reading,
    ReadingSource,
    Recipient,
    Transaction,
    Transactions,
    Value,
)
from service.core.reconciliation import Absent, Sighting
from service.core.sessions import Contact, Conversation, Heard, Linking, Session
from service.sandbox.invoices import encode_invoice, sandbox_signer

NOW_S = 1_800_000_000.0
ANN = Session("ann", "+18765550001", "acc_ann", "ann", "token_ann", NOW_S - 1000)
BOB = Session("bob", "+18765550002", "acc_bob", "bob", "token_bob", NOW_S - 1000)
JMD = Currency("JMD", "J$", "Jamaican Dollar", 2)
RATE_JMD = Price(157_500_000, 6)  # 157.5 Jamaican cents a US cent
PRICE_USD = Price(100_000_000_000, 12)  # a tenth of a US cent a sat: 100,000 dollars a bitcoin
PRICE_JMD = Price(15_750_000_000_000, 12)


class Flash:
    """Answers reads. `values` by namespace and argument; `source` of every answer; `error` instead of all answers."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self.source = ReadingSource.UPSTREAM
        self.age_s = 0.0
        self.error: Exception | None = None
        self.values: dict[tuple[Namespace, str], Value] = {
            (Namespace.PRICE, "USD"): PRICE_USD,
            (Namespace.PRICE, "JMD"): PRICE_JMD,
            (Namespace.RATE, "JMD"): RATE_JMD,
            (Namespace.CURRENCIES, ""): Currencies((Currency("USD", "$", "US Dollar", 2), JMD)),
            (Namespace.RECIPIENT, "bob"): Recipient("wallet_bob"),
            (Namespace.PROFILE, ""): Profile("acc_ann", "ann", "+18765550001", "USD", "wallet_ann"),
            (Namespace.BALANCE, ""): Balance(5_000),
            (Namespace.TRANSACTIONS, ""): Transactions(()),
        }

    async def __call__(self, query: Query) -> Reading:
        self.queries.append(query)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        value = self.values.get((query.namespace, query.argument), Recipient(None))
        source = ReadingSource.UPSTREAM if query.fresh else self.source
        return Reading(value, NOW_S - (0.0 if query.fresh else self.age_s), source)

    @property
    def asked(self) -> list[str]:
        """What was read, as "balance" or "price:USD"."""
        return [f"{query.namespace}:{query.argument}".rstrip(":") for query in self.queries]

    def display(self, currency: str) -> None:
        """Ann's display currency is now this one."""
        profile = self.values[Namespace.PROFILE, ""]
        self.values[Namespace.PROFILE, ""] = msgspec.structs.replace(profile, currency=currency)


class FakeWallet:
    """Implements Wallet. `refuse` has the code with which a method refuses, by its name."""

    def __init__(self, journal: list[str]) -> None:
        self.journal = journal
        self.refuse: dict[str, str] = {}
        self.raises: dict[str, Exception] = {}
        self.outcome: Outcome = Settled()
        self.paid: list[Payment] = []
        self.repeats = True
        self.sightings: list[Sighting] = []
        self.taken: set[str] = set()
        self.identity = Profile("acc_ann", "ann", "+18765550001", "USD", "wallet_ann")
        self.invoice = invoice(amount_msat=None, expiry_s=60)
        self.invoices: list[tuple[str, int | None, str | None]] = []

    async def _do(self, name: str, detail: str) -> None:
        self.journal.append(f"{name} {detail}")
        await asyncio.sleep(0)
        if name in self.raises:
            raise self.raises[name]
        if name in self.refuse:
            raise UpstreamRefused(name, self.refuse[name], "no")

    async def send_code(self, phone: str) -> None:
        await self._do("send_code", phone)

    async def login(self, phone: str, code: str) -> str:
        await self._do("login", f"{phone} {code}")
        return "token_new"

    async def identify(self, token: str) -> Profile:
        await self._do("identify", token)
        return self.identity

    async def is_username_free(self, username: str) -> bool:
        await self._do("is_username_free", username)
        return username not in self.taken

    async def set_username(self, account: Account, username: str) -> None:
        await self._do("set_username", f"{account.id} {username}")

    async def create_invoice(
        self, account: Account, wallet_id: str, amount_cents: int | None, memo: str | None
    ) -> InvoiceMade:
        await self._do("create_invoice", f"{account.id} {wallet_id}")
        self.invoices.append((wallet_id, amount_cents, memo))
        return InvoiceMade(self.invoice, "00" * 32)

    def can_repeat(self, payment: Payment) -> bool:
        return self.repeats

    async def find(self, account: Account, payment: Payment) -> Sighting:
        """The sightings one after the other; absent when there are no more."""
        await self._do("find", f"{account.id} {payment.state}")
        return self.sightings.pop(0) if self.sightings else Absent()

    async def pay(self, account: Account, payment: Payment) -> Outcome:
        await self._do("pay", f"{account.id} {payment.state}")
        self.paid.append(payment)
        return self.outcome


class FakeSessions:
    """Implements Sessions; the latest payment comes from the payments."""

    def __init__(self, journal: list[str], payments: "FakePayments") -> None:
        self.journal = journal
        self.by_user: dict[str, Session] = {}
        self.linking: dict[str, Linking] = {}
        self._payments = payments

    async def open(self, user: str) -> Conversation:
        return Conversation(self.by_user.get(user), self.linking.get(user), self._payments.latest_of(user))

    async def save(self, session: Session) -> None:
        self.journal.append(f"save_session {session.user}")
        self.by_user[session.user] = session
        self.linking.pop(session.user, None)

    async def delete(self, session: Session) -> None:
        self.journal.append(f"delete_session {session.user}")
        self.by_user.pop(session.user, None)

    async def save_linking(self, user: str, linking: Linking) -> None:
        self.journal.append(f"save_linking {linking.attempts}")
        self.linking[user] = linking

    async def find_by_phone(self, phone: str) -> Session | None:
        return next((session for session in self.by_user.values() if session.phone == phone), None)

    async def find_by_user(self, user: str) -> Session | None:
        return self.by_user.get(user)

    async def find_by_wallet(self, wallet_id: str) -> Heard | None:
        found = (each for each in self.by_user.values() if each.wallet_id == wallet_id)
        return next((Heard(each, 60.0) for each in found), None)

    async def find_account(self, account_id: str) -> Account | None:
        return next((each.account for each in self.by_user.values() if each.account_id == account_id), None)


class FakeContacts:
    """Implements Contacts."""

    def __init__(self) -> None:
        self.saved: dict[tuple[str, str], Contact] = {}

    async def all(self, user: str) -> list[Contact]:
        return [contact for (owner, _), contact in self.saved.items() if owner == user]

    async def find(self, user: str, name: str) -> Contact | None:
        return self.saved.get((user, name.casefold()))

    async def save(self, user: str, contact: Contact) -> None:
        self.saved[user, contact.name.casefold()] = contact

    async def remove(self, user: str, name: str) -> bool:
        return self.saved.pop((user, name.casefold()), None) is not None


class FakePayments:
    """Implements Payments. `before_move` runs ahead of every move, to let somebody else be faster."""

    def __init__(self, journal: list[str]) -> None:
        self.journal = journal
        self.by_id: dict[str, Payment] = {}
        self.latest: dict[str, str] = {}
        self.before_move: Callable[[Payment, Payment], None] | None = None
        self.over_limit: str | None = None
        self.notices: list[OutboxItem] = []

    def latest_of(self, user: str) -> Payment | None:
        return self.by_id.get(self.latest.get(user, ""))

    def put(self, payment: Payment, *, latest: bool = True) -> Payment:
        """The payment is on record."""
        self.by_id[payment.id] = payment
        if latest:
            self.latest[payment.user] = payment.id
        return payment

    async def propose(self, payment: Payment, replaces: Payment | None = None) -> Payment:
        await asyncio.sleep(0)
        if payment.id in self.by_id:
            return self.by_id[payment.id]
        self.journal.append("propose")
        if replaces is not None and self.by_id[replaces.id].state is PaymentState.PROPOSED:
            self.by_id[replaces.id] = withdraw(replaces)
        return self.put(payment)

    async def get(self, payment_id: str) -> Payment | None:
        await asyncio.sleep(0)
        return self.by_id.get(payment_id)

    async def confirm(self, before: Payment, after: Payment, limits: DailyLimits) -> tuple[Payment, bool | str]:
        if self.over_limit is not None:
            return before, self.over_limit
        return await self.move(before, after)

    async def move(self, before: Payment, after: Payment, notice: OutboxItem | None = None) -> tuple[Payment, bool]:
        await asyncio.sleep(0)
        if self.before_move is not None:
            self.before_move(before, after)
        if self.by_id[before.id].revision != before.revision:
            return self.by_id[before.id], False
        self.journal.append(f"move {after.state}")
        self.by_id[after.id] = after
        if notice is not None:
            self.notices.append(notice)
        return after, True

    async def due(self, now_s: float, limit: int) -> list[Payment]:
        return [each for each in self._watched() if (each.check_at_s or 0.0) <= now_s][:limit]

    async def undecided(self, limit: int) -> list[Payment]:
        return self._watched()[:limit]

    async def for_human(self, limit: int) -> list[Payment]:
        return [each for each in self.by_id.values() if each.is_for_human][:limit]

    def _watched(self) -> list[Payment]:
        return [each for each in self.by_id.values() if each.check_at_s is not None]


def invoice(*, amount_msat: int | None, expiry_s: int = 3_600, description: str = "coffee") -> str:
    """A real invoice, made just now."""
    return encode_invoice(
        sandbox_signer(),
        payment_hash=bytes(32),
        payment_secret=bytes(32),
        amount_msat=amount_msat,
        description=description,
        timestamp=int(NOW_S),
        expiry_s=expiry_s,
    )


def movement(id_: str, *, sent: bool = True, cents: int = 500) -> Transaction:
    """A movement of a minute ago."""
    return Transaction(id_, sent, "SUCCESS", cents, f"{cents / 100:.2f}", "USD", int(NOW_S) - 60)
