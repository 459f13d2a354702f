"""The people, wallets and money of a sandbox."""

import hashlib
import hmac
import random
from collections.abc import Iterable

import msgspec

from service.sandbox.accounts import Account, Directory
from service.sandbox.invoice_book import InvoiceBook
from service.sandbox.ledger import Ledger
from service.sandbox.statements import Statements

__all__ = ["Person", "World"]

_TOKEN_KEY = b"pulse sandbox session tokens"
_JMD_SHARE, _EUR_SHARE, _SATS_SHARE = 0.15, 0.05, 0.2
_FIRST_PHONE = 18_763_000_000  # a million Jamaican mobile numbers: the bot refuses numbers that cannot exist
_MAX_USERS = 1_000_000


class Person(msgspec.Struct, frozen=True):
    """A user to create: `name` is what people call them in the demo, not their username.

    `past_rows`, where it is set, is how many movements they had before.
    """

    name: str
    phone: str
    username: str | None
    currency: str = "USD"
    cents: int = 0
    sats: int = 0
    restricted: bool = False
    totp: bool = False
    past_rows: int = 0


_DEMO = (
    Person("alice", "+18765550101", "alice", cents=25_000),
    Person("bob", "+18765550102", "bob", cents=4_200, sats=15_000),
    Person("carol", "+18765550103", "carol", currency="EUR", cents=120_050),
    Person("dave", "+18765550104", "dave", currency="JMD", cents=8_075),
    Person("erin", "+18765550105", None, cents=1_000),
    Person("frank", "+18765550106", "frank", cents=50_000, restricted=True),
    Person("grace", "+18765550107", "grace", cents=3_300, totp=True),
    Person("henry", "+18765550108", "henry", cents=9_900, past_rows=50_000),
)


class World:
    """Everything a sandbox knows about money and people; times and prices are its users' business.

    `names` finds an account by what people call it; `service` is the bot's own account, the only one
    without a phone.
    """

    def __init__(self, people: Iterable[Person], seed: int = 0) -> None:
        self.seed = seed
        self.accounts = Directory()
        self.ledger = Ledger()
        self.statements = Statements()
        self.invoices = InvoiceBook(seed)
        self.names: dict[str, Account] = {}
        self.past_rows: dict[str, int] = {}
        self.service = self._open(Account.make("service", None), 0, 0)
        for person in people:
            self.settle(person)

    @classmethod
    def demo(cls) -> "World":
        """Eight people to try things with.

        alice, bob, carol (euros), dave (Jamaican dollars), erin (no username yet), frank (may not pay), grace (her
        login asks for a second factor) and henry (50,000 movements).
        """
        return cls(_DEMO)

    @classmethod
    def generate(cls, seed: int, users: int) -> "World":
        """A population for benches: u00000, u00001 ... with unique phones and seeded balances; same seed, same world.

        Raises ValueError for more than a million users.
        """
        if not 0 <= users <= _MAX_USERS:
            raise ValueError(f"users must be between 0 and {_MAX_USERS}")
        dice = random.Random(seed)
        return cls((_random_person(index, dice) for index in range(users)), seed)

    def settle(self, person: Person) -> Account:
        """Adds a person with an account and money from the house. Raises ValueError when phone or username is taken."""
        account = Account.make(person.phone, person.phone, person.username, person.currency)
        account.restricted, account.totp = person.restricted, person.totp
        self.names[person.name] = self._open(account, person.cents, person.sats)
        if person.past_rows:
            self.past_rows[account.usd_wallet_id] = person.past_rows
        return account

    def token(self, account: Account) -> str:
        """The session token of an account: the same for ever, so that it outlives a restart."""
        return f"sbx_{account.id}_{_seal(account.id)}"

    def account_of(self, token: str) -> Account | None:
        """Whose token this is, None when it is not one of ours."""
        _, account_id, seal = [*token.split("_"), "", ""][:3]
        if not hmac.compare_digest(seal.encode(), _seal(account_id).encode()):
            return None
        return self.accounts.by_id(account_id)

    def find(self, name_or_phone: str) -> Account | None:
        """An account by demo name, username or phone number (with or without +)."""
        digits = "".join(filter(str.isdigit, name_or_phone))
        return (
            self.names.get(name_or_phone.lower())
            or self.accounts.by_username(name_or_phone.removeprefix("@"))
            or self.accounts.by_phone(f"+{digits}")
        )

    def name_of(self, account: Account) -> str:
        """What to call an account on a screen."""
        return account.username or next((n for n, known in self.names.items() if known is account), account.phone or "")

    def _open(self, account: Account, cents: int, sats: int) -> Account:
        self.accounts.add(account)
        self.ledger.open_wallet(account.usd_wallet_id, "USD", cents)
        self.ledger.open_wallet(account.btc_wallet_id, "BTC", sats)
        return account


def _random_person(index: int, dice: random.Random) -> Person:
    """Two in ten pay in another display currency, two in ten hold sats; a few are rich, most are not."""
    luck = dice.random()
    currency = "JMD" if luck < _JMD_SHARE else "EUR" if luck < _JMD_SHARE + _EUR_SHARE else "USD"
    cents = 1_000 + dice.randrange(1, 400) ** 2
    sats = dice.randrange(1_000, 200_000) if dice.random() < _SATS_SHARE else 0
    name = f"u{index:05d}"
    return Person(name, f"+{_FIRST_PHONE + index}", name, currency, cents, sats)


def _seal(account_id: str) -> str:
    return hmac.digest(_TOKEN_KEY, account_id.encode(), hashlib.sha256)[:16].hex()
