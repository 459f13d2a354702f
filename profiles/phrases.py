"""What users type: the plain command, and the other ways in which people say the same."""

from collections.abc import Mapping

from profiles.chance import Chance

__all__ = ["CONTACT_NAMES", "SMALL_TALK", "amount_text", "say", "send_text"]

_WAYS: Mapping[str, tuple[str, ...]] = {
    "help": ("help", "Help", "menu", "commands", "hlp", "HELP"),
    "link": ("link", "Link", "link my account", "connect"),
    "unlink": ("unlink", "Unlink"),
    "balance": ("balance", "Balance", "bal", "BALANCE", "balence", "check my balance", "balance please", "funds"),
    "refresh": ("refresh", "Refresh", "update", "sync balance"),
    "price": ("price", "btc", "Price", "bitcoin price", "how much is bitcoin", "rate", "price please"),
    "username": ("username", "my username", "Username"),
    "history": ("history", "txs", "History", "transactions", "recent transactions", "show my transactions"),
    "receive": ("receive {}", "Receive {}", "invoice {}", "recieve {}", "receive {} please"),
    "contacts": ("contacts", "my contacts", "Contacts", "contacts list"),
    "send": ("send {} to {}", "Send {} to {}", "sned {} to {}", "transfer {} to {}", "pls send {} to {}"),
}
"""The first of each is the plain one."""

SMALL_TALK = ("hello there", "thanks!", "good morning", "lol", "how are you", "who won the game yesterday?")
"""What the bot does not understand."""

CONTACT_NAMES = (
    "mum",
    "dad",
    "auntie",
    "granny",
    "coach",
    "boss",
    "landlord",
    "barber",
    "mechanic",
    "nurse",
    "tailor",
    "driver",
    "omar",
    "keisha",
    "tyrone",
    "shanice",
    "devon",
    "marcia",
    "delroy",
    "winston",
    "yvonne",
    "junior",
    "precious",
    "tanya",
    "leroy",
    "simone",
    "andre",
    "natalie",
    "ricardo",
    "camille",
)


def say(command: str, chance: Chance, noise_share: float, *words: str) -> str:
    """One way to type the command; other than the plain one in `noise_share` of the cases."""
    ways = _WAYS[command]
    way = chance.choose(ways[1:]) if chance.happens(noise_share) else ways[0]
    return way.format(*words)


def send_text(recipient: str, cents: int, chance: Chance, noise_share: float) -> str:
    """A request to pay."""
    return say("send", chance, noise_share, amount_text(cents), recipient)


def amount_text(cents: int) -> str:
    """Dollars as people type them: 5, 7.50."""
    dollars, rest = divmod(cents, 100)
    return f"{dollars}.{rest:02d}" if rest else str(dollars)
