"""Acting as the sandbox's users over HTTP."""

from typing import Any

import httpx
import msgspec

from service.core.errors import PulseError

__all__ = ["SandboxClient", "readable", "sandbox_url_of"]

_WAIT_S = 20.0
_TIMEOUT_S = 30.0


class SandboxClient:
    """Raises PulseError when the sandbox does not answer or refuses."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False)

    async def users(self) -> list[dict[str, Any]]:
        """Who there is: name, phone, username, balance, and the code with which they link."""
        found = await self._call("GET", "/sandbox/users")
        return list(found["users"])

    async def say(self, who: str, text: str) -> None:
        """Lets a user say something."""
        await self._post_say({"from": who, "text": text})

    async def press(self, who: str, button_id: str, title: str) -> None:
        """Lets a user tap a button."""
        await self._post_say({"from": who, "button_id": button_id, "title": title})

    async def latest(self) -> int:
        """Where what the bot sends from now on begins."""
        found = await self._call("GET", "/sandbox/messages")
        return int(found["next"])

    async def messages(self, to: str, after: int) -> tuple[list[dict[str, Any]], int]:
        """What the bot sent to a user since `after`, as WhatsApp bodies, and where to go on; waits up to 20 s."""
        query = f"to={to.removeprefix('+')}&after={after}&wait_s={_WAIT_S:g}"
        found = await self._call("GET", f"/sandbox/messages?{query}")
        return [message["body"] for message in found["messages"]], int(found["next"])

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _post_say(self, wish: dict[str, str]) -> None:
        said = await self._call("POST", "/sandbox/say", msgspec.json.encode(wish))
        if said["status"] != httpx.codes.OK:
            raise PulseError(f"the bot's webhook answered {said['status']}; is the bot up?")

    async def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, content=body)
            found: dict[str, Any] = msgspec.json.decode(response.content)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise PulseError(f"the sandbox at {self._http.base_url} does not answer: {error}") from error
        if response.status_code != httpx.codes.OK:
            raise PulseError(f"the sandbox refused: {found.get('error', response.status_code)}")
        return found


async def sandbox_url_of(bot_url: str) -> str:
    """The sandbox of a running bot. Raises PulseError when the bot is not up, or has none."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
            health = msgspec.json.decode((await http.get(f"{bot_url.rstrip('/')}/health")).content)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError) as error:
        raise PulseError(f"no bot answers at {bot_url}: {error}; start one with: pulse serve --sandbox") from error
    url = health.get("sandbox") if isinstance(health, dict) else None
    if not isinstance(url, str):
        raise PulseError(f"the bot at {bot_url} talks to the real Flash, not to a sandbox; start one with --sandbox")
    return url


def readable(body: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """What a person sees of a WhatsApp message: its text, and what can be tapped (id and title of each)."""
    match body:
        case {"type": "text", "text": {"body": text}}:
            return text, []
        case {"type": "image", "image": image}:
            return f"(picture) {image.get('caption', '')}".strip(), []
        case {"type": "document", "document": document}:
            return f"(file {document.get('filename', '')}) {document.get('caption', '')}".strip(), []
        case {"type": "interactive", "interactive": {"body": {"text": text}, "action": action}}:
            rows = [row for section in action.get("sections", []) for row in section["rows"]]
            return text, [button["reply"] for button in action.get("buttons", [])] or rows
        case _:
            return f"({body.get('type', 'something')})", []
