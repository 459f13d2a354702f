"""What one message costs a bot's process: cached `balance` messages, webhook in to reply out.

    python -m profiles.experiments.message_cost [--rounds N] [--users N] [--beside FOLDER] [--beside-with CHANGES]

Beside it, in the same rounds, the least that a webhook with a store costs (`bare_endpoint`), and with --beside the bot
of another checkout, with --beside-with one with other switches. All are processes of their own, with a Valkey each;
Flash is the sandbox, which answers at once, and WhatsApp takes everything. CPU is that of the process alone, user and
system: the machine's other work makes it larger, but all arms of a round alike, so read the ratios. The share of
throughput is by that CPU: what one core does.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from profiles.arms import ArmSpec, phase_arm
from profiles.experiments.message_crowd import Letter, Mailbox, letters, mailbox, say
from profiles.processes import SECRETS, announced, bot, child, sandbox
from service.sandbox.accounts import otp_code, wa_id
from service.sandbox.world import World
from service.store.embedded import embedded

__all__ = ["Round", "figures", "main"]

_SERVE = (sys.executable, "-m", "pulse_cli", "serve")
_AT_ONCE = 32
_SPEAKERS = 100
_EACH = 10
_WRITTEN_AHEAD = 200
_SETTLE_S = 2.0
_MB = 1_000_000
_BARE, _BOT, _BESIDE = "bare", "bot", "beside"


class Round(NamedTuple):
    """What each arm needed of CPU for a message, in ms, and how many messages it answered a second, in one round."""

    cpu_ms: dict[str, float]
    per_s: dict[str, float]


def figures(rounds: Sequence[Round]) -> dict[str, float]:
    """Medians over the rounds, with the least and the most; ratios are of the same round. There is at least one."""
    found: dict[str, float] = {}
    for arm in rounds[0].cpu_ms:
        found |= _spread(f"{arm}_cpu_ms_per_message", [one.cpu_ms[arm] for one in rounds])
        found[f"{arm}_messages_per_s"] = statistics.median(one.per_s[arm] for one in rounds)
        if arm == _BESIDE:
            found |= _spread("cpu_ratio_bot_to_beside", [one.cpu_ms[_BOT] / one.cpu_ms[_BESIDE] for one in rounds])
        if arm != _BARE:
            share = [one.cpu_ms[_BARE] / one.cpu_ms[arm] for one in rounds]
            found |= _spread(f"{arm}_share_of_bare_throughput", share)
    return found


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    return {name: statistics.median(values), f"{name}_least": min(values), f"{name}_most": max(values)}


class _Arm(NamedTuple):
    """A process that takes messages, and where."""

    name: str
    pid: int
    port: int
    box: Mailbox | None

    def _write(self, texts: Sequence[tuple[str, str]], label: str) -> list[Letter]:
        return letters(
            texts,
            label=label,
            phone_number_id=SECRETS["WHATSAPP_PHONE_NUMBER_ID"],
            secret=SECRETS["WHATSAPP_APP_SECRET"],
            port=self.port,
        )

    async def say(self, texts: Sequence[tuple[str, str]], label: str) -> float:
        """Gives the seconds that it took. Few are written ahead: what is old when it comes has to wait for others."""
        took_s = 0.0
        for at in range(0, len(texts), _WRITTEN_AHEAD):
            post = self._write(texts[at : at + _WRITTEN_AHEAD], f"{label}.{at}")
            took_s += await say(post, port=self.port, at_once=_AT_ONCE, box=self.box)
        return took_s


class _Bot(NamedTuple):
    """A bot to measure: its name in the figures, its code, and its switches."""

    name: str
    folder: Path
    spec: ArmSpec


async def _measure(rounds: int, users: int, bots: Sequence[_Bot]) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pulse-cost-")))
        sandbox_url, _ = await stack.enter_async_context(sandbox(place, "--users", str(users), "--seed", "1"))
        arms = [await stack.enter_async_context(_bare(place))]
        for one in bots:
            box = await stack.enter_async_context(mailbox())
            arms.append(await stack.enter_async_context(_started(one, place, sandbox_url, box)))
        phones = [account.phone for account in World.generate(1, users).accounts if account.phone]
        memory: dict[str, float] = {}
        for arm in arms[1:]:
            memory[f"{arm.name}_rss_mb_started"] = _rss_mb(arm)
            await _link(arm, phones)
        done = [await _round(number, arms, phones[:_SPEAKERS]) for number in range(rounds)]
        await asyncio.sleep(_SETTLE_S)
        memory |= {f"{arm.name}_rss_mb_settled": _rss_mb(arm) for arm in arms}
        return {"users": float(users), "rounds": float(rounds), **figures(done), **memory}


async def _link(arm: _Arm, phones: Sequence[str]) -> None:
    """Everybody links their account and asks once for their balance: they are active users from then on."""
    for label, text in (("link", "link"), ("verify", "verify {code}"), ("first", "balance")):
        await arm.say([(wa_id(phone), text.format(code=otp_code(phone))) for phone in phones], label)


async def _round(number: int, arms: Sequence[_Arm], phones: Sequence[str]) -> Round:
    """The arms one after the other, in the other order every second time."""
    cpu_ms: dict[str, float] = {}
    per_s: dict[str, float] = {}
    for arm in arms if number % 2 else arms[::-1]:
        texts = [(wa_id(phone), "balance") for phone in phones]
        await arm.say(texts, f"warm.{number}")
        before_s = _cpu_s(arm)
        took_s = await arm.say(texts * _EACH, f"round.{number}")
        cpu_ms[arm.name] = 1000 * (_cpu_s(arm) - before_s) / (len(texts) * _EACH)
        per_s[arm.name] = len(texts) * _EACH / took_s
    return Round({arm.name: cpu_ms[arm.name] for arm in arms}, per_s)


def _cpu_s(arm: _Arm) -> float:
    """To the nanosecond where the system tells it (Linux), else to the tick of 10 ms."""
    try:
        threads = Path(f"/proc/{arm.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except (OSError, ValueError, IndexError):
        times = psutil.Process(arm.pid).cpu_times()
        return float(times.user + times.system)


def _rss_mb(arm: _Arm) -> float:
    return float(psutil.Process(arm.pid).memory_info().rss) / _MB


@asynccontextmanager
async def _bare(place: Path) -> AsyncIterator[_Arm]:
    async with embedded(place / _BARE) as store:
        command = [
            sys.executable,
            "-m",
            "profiles.experiments.bare_endpoint",
            store.url,
            SECRETS["WHATSAPP_APP_SECRET"],
        ]
        async with child(command, os.environ, place, _BARE) as started:
            yield _Arm(_BARE, started.process.pid, int(await announced(started)), None)


@asynccontextmanager
async def _started(one: _Bot, place: Path, sandbox_url: str, box: Mailbox) -> AsyncIterator[_Arm]:
    own = place / one.name
    own.mkdir()
    environ = {"WHATSAPP_API_URL": box.url, "PYTHONPATH": str(one.folder)}
    async with bot(one.spec, _SERVE, sandbox_url, own, environ) as running:
        yield _Arm(one.name, running.pid, int(running.url.rpartition(":")[2]), box)


def _beside(here: Path, folder: Path | None, phase: int, changes: str | None) -> list[_Bot]:
    """The bot to compare with, where one is asked for."""
    if folder is None and changes is None:
        return []
    return [_Bot(_BESIDE, (folder or here).resolve(), phase_arm(phase, changes or ""))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m profiles.experiments.message_cost", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="each measures every arm once")
    parser.add_argument("--users", type=int, default=1_000, help="active users; a tenth of them speaks in the rounds")
    parser.add_argument("--phase", type=int, default=6, help="of the roadmap")
    parser.add_argument("--beside", type=Path, help="another checkout, whose bot is measured in the same rounds")
    parser.add_argument("--beside-with", metavar="CHANGES", help='switches of the bot beside it, as in "-6.1"')
    given = parser.parse_args(arguments)
    if given.rounds < 1 or given.users < 1:
        parser.error("there must be at least one round, and one user")
    if given.beside and not (given.beside / "pulse_cli").is_dir():
        parser.error(f"{given.beside} is no checkout of the bot: it has no folder pulse_cli")
    here = Path(__file__).resolve().parents[2]
    bots = [_Bot(_BOT, here, phase_arm(given.phase)), *_beside(here, given.beside, given.phase, given.beside_with)]
    found = asyncio.run(_measure(given.rounds, given.users, bots))
    sys.stdout.write(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
