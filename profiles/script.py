"""One session of one user: what is typed, and how long after the message before."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from profiles.chance import Chance, Weights
from profiles.phrases import CONTACT_NAMES, SMALL_TALK, amount_text, say, send_text
from profiles.population import Member
from profiles.workload_model import Workload

__all__ = ["Crowd", "Invoice", "Script", "Step"]

_READS = ("balance", "price", "history", "username")
_OPEN_TO_ALL = ("help", "price", "unknown", "link")
_LINKS_FIRST = 0.5  # of the sessions of people who have no account linked


class Invoice(msgspec.Struct, frozen=True):
    """An invoice that somebody else has made, for `{invoice}` in a text."""

    payee: int
    cents: int


class Step(NamedTuple):
    """A message: its gap to the one before, and whether it answers a question of the bot.

    `copied` messages may be sent several times: what would use up a limited number of tries is not.
    """

    gap_s: float
    text: str
    intent: str
    kind: Literal["text", "button"] = "text"
    answers: bool = False
    copied: bool = True
    invoice: Invoice | None = None


class Crowd:
    """What changes during a trace: who is linked, and who has saved which names."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        self.members = members
        self.linked = [member.linked for member in members]
        self.names = [[contact.name for contact in member.contacts] for member in members]


class Script:
    """Writes sessions."""

    def __init__(self, workload: Workload, crowd: Crowd, recipients: Weights, ranking: list[int]) -> None:
        """`ranking` are the members from the most to the least often paid."""
        self._workload = workload
        self._crowd = crowd
        self._recipients = recipients
        self._ranking = ranking
        mix = workload.mix
        self._commands = mix.__struct_fields__
        self._weights = Weights(getattr(mix, name) for name in self._commands)
        sends = workload.sends
        self._ways = Weights((sends.username, sends.contact, sends.phone, sends.invoice))
        self._verdicts = Weights((sends.answers.yes, sends.answers.no, sends.answers.amount))
        self._final_verdicts = Weights((sends.answers.yes, sends.answers.no))

    def session(self, user: int, chance: Chance) -> Iterator[Step]:
        """The messages of one session; the first has no gap."""
        reads: list[str] = []
        gap_s = 0.0
        for _ in range(chance.geometric(self._workload.sessions.commands)):
            command = self._command(user, reads, chance)
            yield from self._messages(command, user, gap_s, chance)
            if command in _READS or command == "send":
                reads.append("balance" if command == "send" else command)
            gap_s = self._think_s(chance)

    def _command(self, user: int, reads: list[str], chance: Chance) -> str:
        if not self._crowd.linked[user]:
            return self._stranger_command(chance)
        if reads and chance.happens(self._workload.sessions.revisit_share):
            return chance.choose(reads)
        return self._commands[chance.pick(self._weights)]

    def _stranger_command(self, chance: Chance) -> str:
        if chance.happens(_LINKS_FIRST):
            return "link"
        wanted = self._commands[chance.pick(self._weights)]
        return wanted if wanted in _OPEN_TO_ALL else "help"

    def _messages(self, command: str, user: int, gap_s: float, chance: Chance) -> Iterator[Step]:
        match command:
            case "send":
                yield from self._payment(user, gap_s, chance)
            case "link":
                yield from self._linking(user, gap_s, chance)
            case "unlink":
                yield Step(gap_s, self._say("unlink", chance), "unlink", copied=False)
                yield Step(self._answer_s(chance), "unlink confirm", "unlink", answers=True, copied=False)
                self._crowd.linked[user] = False
            case "contacts":
                yield Step(gap_s, self._contacts(user, chance), "contacts")
            case "unknown":
                yield Step(gap_s, chance.choose(SMALL_TALK), "unknown")
            case "receive":
                yield Step(gap_s, self._say("receive", chance, amount_text(self._cents(chance))), "receive")
            case _:
                yield Step(gap_s, self._say(command, chance), command)

    def _linking(self, user: int, gap_s: float, chance: Chance) -> Iterator[Step]:
        yield Step(gap_s, self._say("link", chance), "link", copied=False)
        if not self._crowd.linked[user]:
            yield Step(self._answer_s(chance), "{otp}", "verify", answers=True, copied=False)
            self._crowd.linked[user] = True

    def _payment(self, user: int, gap_s: float, chance: Chance) -> Iterator[Step]:
        cents = self._cents(chance)
        way = ("username", "contact", "phone", "invoice")[chance.pick(self._ways)]
        payee = self._payee(user, chance)
        names = self._crowd.names[user]
        if way == "invoice":
            yield Step(gap_s, "{invoice}", "send", invoice=Invoice(payee, cents))
        else:
            member = self._crowd.members[payee]
            recipient = f"@{member.username}" if way == "username" else member.phone
            if way == "contact" and names:
                recipient = chance.choose(names)
            text = send_text(recipient, cents, chance, self._workload.noise_share)
            yield Step(gap_s, text, "send")
        yield from self._answers(cents, chance, may_correct=way != "invoice")

    def _answers(self, cents: int, chance: Chance, *, may_correct: bool) -> Iterator[Step]:
        verdict = chance.pick(self._verdicts)
        if verdict == 2:  # noqa: PLR2004 - the third of the weights
            verdict = chance.pick(self._final_verdicts)
            if may_correct:
                yield Step(self._answer_s(chance), amount_text(cents + 50), "amount", answers=True)
        text, intent = (("yes", "confirm"), ("no", "cancel"))[verdict]
        tapped = chance.happens(self._workload.sends.answers.tap_share)
        yield Step(self._answer_s(chance), text, intent, "button" if tapped else "text", answers=True)

    def _contacts(self, user: int, chance: Chance) -> str:
        """Mostly the list; sometimes a new name, or one less."""
        names, luck = self._crowd.names[user], chance.uniform()
        new = [name for name in CONTACT_NAMES if name not in names]
        if luck < 0.3 and new:  # noqa: PLR2004 - share of additions
            name, member = chance.choose(new), self._crowd.members[self._payee(user, chance)]
            names.append(name)
            return f"contacts add {name} {member.phone}"
        if luck > 0.9 and names:  # noqa: PLR2004 - share of removals
            return f"contacts remove {names.pop(chance.below(len(names)))}"
        return self._say("contacts", chance)

    def _payee(self, user: int, chance: Chance) -> int:
        """Somebody else, by popularity."""
        while (payee := self._ranking[chance.pick(self._recipients)]) == user:
            pass
        return payee

    def _cents(self, chance: Chance) -> int:
        """Mostly whole dollars, sometimes half ones."""
        sends = self._workload.sends
        cents = min(chance.lognormal(sends.amount_median_cents, sends.amount_sigma), sends.amount_max_cents)
        return max(round(cents / 50) * 50 if chance.happens(0.3) else round(cents / 100) * 100, 100)

    def _say(self, command: str, chance: Chance, *words: str) -> str:
        return say(command, chance, self._workload.noise_share, *words)

    def _think_s(self, chance: Chance) -> float:
        sessions = self._workload.sessions
        seconds = chance.lognormal(sessions.think_median_s, sessions.think_sigma)
        return min(max(seconds, sessions.think_min_s), sessions.think_max_s)

    def _answer_s(self, chance: Chance) -> float:
        answers = self._workload.sends.answers
        return min(answers.min_s + chance.lognormal(answers.median_s, answers.sigma), answers.max_s)
