"""An answer that is spoken, from the question to the sound at the simulated WhatsApp."""

from pathlib import Path

import pytest

from tests.e2e.kit import eventually, serving

pytestmark = pytest.mark.real


@pytest.mark.parametrize("switches", ["+5.2", "-5.2"])
def test_who_asks_aloud_hears_the_answer_beside_the_text(tmp_path: Path, switches: str) -> None:
    with serving(tmp_path, more={"PULSE_SWITCHES": switches}) as service:
        service.say("alice", "link")
        service.say("alice", f"verify {service.user('alice')['otp']}")
        before = len(service.told("alice"))
        service.say("alice", "voice balance")
        text, voice = eventually(lambda: found if len(found := service.told("alice")[before:]) > 1 else None)
        assert "Your balance is" in text["text"]["body"]
        sound = service.media(voice["audio"]["id"])
        assert sound[:2] == b"\xff\xf3"  # MPEG audio, layer III
        assert len(sound) > 5_000
