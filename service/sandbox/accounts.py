"""Who has an account at the simulated Flash."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Account", "Directory", "is_username", "otp_code", "stable_id", "wa_id"]

_USERNAME = re.compile(r"(?!1|3|bc1|lnbc1)[0-9a-z_]{3,50}", re.IGNORECASE)


@dataclass(slots=True)
class Account:
    """One user. `phone` is E.164 and None only for the bot's service account; `username` is set at most once.

    A `restricted` account may not pay; `totp` says that its login asks for a second factor.
    """

    id: str
    phone: str | None
    username: str | None
    display_currency: str
    usd_wallet_id: str
    btc_wallet_id: str
    restricted: bool = False
    totp: bool = False

    @classmethod
    def make(cls, key: str, phone: str | None, username: str | None = None, currency: str = "USD") -> "Account":
        """An account whose ids follow from `key` alone, the same in every process."""
        account_id, usd, btc = (stable_id(f"{kind}:{key}") for kind in ("account", "usd", "btc"))
        return cls(account_id, phone, username, currency, usd, btc)


class Directory:
    """Accounts by id, phone, username and wallet."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._by_id: dict[str, Account] = {}
        self._by_phone: dict[str, Account] = {}
        self._by_username: dict[str, Account] = {}
        self._by_wallet: dict[str, Account] = {}
        for account in accounts:
            self.add(account)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, account: Account) -> None:
        """Raises ValueError when its phone or username is taken."""
        name = account.username.lower() if account.username else None
        if account.phone in self._by_phone or name in self._by_username:
            raise ValueError(f"phone or username of account {account.id} is taken")
        self._by_id[account.id] = account
        self._by_wallet[account.usd_wallet_id] = self._by_wallet[account.btc_wallet_id] = account
        if account.phone is not None:
            self._by_phone[account.phone] = account
        if name is not None:
            self._by_username[name] = account

    def by_id(self, account_id: str) -> Account | None:
        return self._by_id.get(account_id)

    def by_phone(self, phone: str) -> Account | None:
        return self._by_phone.get(phone)

    def by_username(self, username: str) -> Account | None:
        """Whoever has the name, in whatever case it is written."""
        return self._by_username.get(username.lower())

    def by_wallet(self, wallet_id: str) -> Account | None:
        return self._by_wallet.get(wallet_id)

    def rename(self, account: Account, username: str) -> None:
        """Gives an account its name. Raises ValueError when it is taken or the account has one."""
        if account.username is not None or username.lower() in self._by_username:
            raise ValueError(f"cannot name account {account.id}")
        account.username = username
        self._by_username[username.lower()] = account


def is_username(text: str) -> bool:
    """Flash's rule: 3 to 50 letters, digits and underscores, and nothing that starts like a Bitcoin address."""
    return _USERNAME.fullmatch(text) is not None


def otp_code(phone: str) -> str:
    """The six digits that the simulated provider sends to a phone: always the same, so that they can be shown."""
    number = int.from_bytes(hashlib.sha256(f"sandbox code {phone}".encode()).digest()[:8], "big")
    return f"{number % 1_000_000:06d}"


def wa_id(phone: str) -> str:
    """WhatsApp's id of a phone number: its digits."""
    return phone.removeprefix("+")


def stable_id(key: str) -> str:
    """An id that looks like a UUID and follows from `key` alone."""
    text = hashlib.blake2b(key.encode(), digest_size=16, person=b"pulse sandbox").hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
