"""The people of a trace over real HTTP: their messages to the bot's webhook, the bot's replies from the sandbox."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import httpx
import msgspec

from profiles.driver import Answers, Letters
from profiles.trace import Arrival, Trace
from service.clocks import SystemClock
from service.core.errors import PulseError
from service.sandbox.accounts import otp_code
from service.sandbox.webhooks import SIGNATURE_HEADER, UserMessage, sign, text_message, webhook_body

__all__ = ["Crowd", "CrowdError"]

_AT_ONCE = 32
_ANSWER_S = 30.0
_POLL_S = 0.05
_DELIVERED_AGAIN_S = (1.0, 4.0, 16.0)  # after a refusal, as WhatsApp does, but sooner


class CrowdError(PulseError):
    """The bot refused a message, or left one without an answer."""


class Crowd:
    """Raises CrowdError where the bot does not do what a bot should."""

    def __init__(
        self, http: httpx.AsyncClient, *, webhook_url: str, sandbox_url: str, secret: str, trace: Trace
    ) -> None:
        self._http = http
        self._webhook_url = webhook_url
        self._messages_url = f"{sandbox_url}/sandbox/messages"
        self._secret = secret
        self._trace = trace
        self._answers = Answers()
        self._letters = Letters(trace, self._answers)
        self._clock = SystemClock()
        self._seen = 0

    async def link(self, users: Iterable[int]) -> None:
        """Lets those users link their accounts who are linked when the trace begins."""
        linked = sorted(user for user in users if self._trace.population[user].linked)
        await self._say_all(dict.fromkeys(linked, "link"), "link")
        codes = {user: f"verify {otp_code(self._trace.population[user].phone)}" for user in linked}
        await self._say_all(codes, "verify")

    async def replay(self, arrivals: Sequence[Arrival], rate_per_s: float, tick: Callable[[int], None]) -> None:
        """Sends the messages in their order at a steady rate, and waits until each has its answer."""
        begin_s = self._clock.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, arrival in enumerate(arrivals):
                await self._clock.sleep(begin_s + number / rate_per_s - self._clock.monotonic())
                group.create_task(self._post(self._letters.write(arrival, self._clock.now())))
                tick(1)
        await self._await_answers({arrival.wamid for arrival in arrivals})

    async def _say_all(self, texts: dict[int, str], label: str) -> None:
        slots = asyncio.Semaphore(_AT_ONCE)
        now_s = self._clock.now()
        letters = [
            text_message(self._trace.population[user].sender, text, message_id=f"wamid.{label}.{user}", sent_at_s=now_s)
            for user, text in texts.items()
        ]

        async def say(letter: UserMessage) -> None:
            async with slots:
                await self._post(letter)

        async with asyncio.TaskGroup() as group:
            for letter in letters:
                group.create_task(say(letter))
        await self._await_answers({letter.id for letter in letters})

    async def _post(self, letter: UserMessage) -> None:
        body = webhook_body([letter], phone_number_id="15550000000")
        headers = {SIGNATURE_HEADER: sign(body, self._secret)}
        for wait_s in (*_DELIVERED_AGAIN_S, None):
            said = await self._deliver(body, headers)
            if said == str(httpx.codes.OK):
                return
            if said.isdecimal() and said != str(httpx.codes.SERVICE_UNAVAILABLE):
                break
            if wait_s is not None:
                await self._clock.sleep(wait_s)
        raise CrowdError(f"the bot's webhook answered {said}")

    async def _deliver(self, body: bytes, headers: dict[str, str]) -> str:
        """The status, or the name of what the network did instead: a bot may end an idle connection as it is used."""
        try:
            return str((await self._http.post(self._webhook_url, content=body, headers=headers)).status_code)
        except httpx.TransportError as error:
            return f"with {type(error).__name__}"

    async def _await_answers(self, message_ids: set[str]) -> None:
        """As long as answers come: a profiled bot on a busy machine is slow, one that says nothing more is broken."""
        last_s, left = self._clock.monotonic(), len(message_ids)
        while missing := message_ids - self._answers.by_message.keys():
            if len(missing) < left:
                last_s, left = self._clock.monotonic(), len(missing)
            if self._clock.monotonic() > last_s + _ANSWER_S:
                raise CrowdError(f"{len(missing)} of {len(message_ids)} messages had no answer within {_ANSWER_S:g} s")
            await self._listen()
            await self._clock.sleep(_POLL_S)

    async def _listen(self) -> None:
        """Looks for replies; a look that fails is made again, for as long as replies are waited for."""
        try:
            response = await self._http.get(f"{self._messages_url}?after={self._seen}")
        except httpx.TransportError:
            return
        found = msgspec.json.decode(response.content)
        for message in found["messages"]:
            self._answers.take(message["body"], message["received_at"])
        self._seen = found["next"]
