"""A statement of 50,000 payments, from the words of its owner to the file at the simulated WhatsApp."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kit import Service, eventually, serving

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=["+5.2 +5.3", "-5.2 -5.3"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("statements"), more={"PULSE_SWITCHES": request.param}) as up:
        for who in ("alice", "henry"):
            up.say(who, "link")
            up.say(who, f"verify {up.user(who)['otp']}")
        yield up


def document_after(service: Service, who: str, text: str) -> dict[str, Any]:
    """The document that the bot sends after its first word."""
    before = len(service.told(who))
    promise = service.say(who, text)
    assert "putting your payments together" in promise["text"]["body"]

    def look() -> dict[str, Any] | None:
        return next((body for body in service.told(who)[before:] if body["type"] == "document"), None)

    document: dict[str, Any] = eventually(look, within_s=60)["document"]
    return document


def test_all_payments_come_as_one_file(service: Service) -> None:
    document = document_after(service, "henry", "history all")
    assert document["filename"] == "flash-all.csv"
    assert "50,000 payments: " in document["caption"]
    rows = list(csv.DictReader(service.media(document["id"]).decode().splitlines()))
    assert len(rows) == len({row["id"] for row in rows}) == 50_000
    assert [row["when_utc"] for row in rows] == sorted((row["when_utc"] for row in rows), reverse=True)


def test_a_month_comes_as_pdf_and_those_without_payments_are_told_so(service: Service) -> None:
    document = document_after(service, "henry", "statement pdf last month")
    assert document["filename"].endswith(".pdf")
    assert service.media(document["id"]).startswith(b"%PDF-1.4")
    before = len(service.told("alice"))
    service.say("alice", "statement 2020-01")
    told = eventually(lambda: service.told("alice")[before + 1 :] or None)
    assert "no payments in that time" in told[0]["text"]["body"]


def test_no_file_is_left_in_the_data_directory(service: Service) -> None:
    document_after(service, "henry", "statement 2026-01 pdf")
    left = [path.name for path in (service.place / "data").rglob("*") if path.is_file()]
    assert left
    assert not [name for name in left if name.startswith("tmp") or name.endswith(("csv", "pdf"))]


def test_a_statement_that_the_end_of_the_service_cut_short_comes_after_the_next_start(tmp_path: Path) -> None:
    with serving(tmp_path, more={"PULSE_SWITCHES": "+5.2 +5.3"}) as up:
        up.say("henry", "link")
        up.say("henry", f"verify {up.user('henry')['otp']}")
        up.say("henry", "history all pdf")
        assert up.stop() == 0
    with serving(tmp_path) as up:
        told = eventually(lambda: [body for body in up.told("henry") if body["type"] == "document"] or None, 60)
    assert [body["document"]["filename"] for body in told] == ["flash-all.pdf"]
