"""The HTTP surface does what its OpenAPI document says, for requests that fit the document and others."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from requests import PreparedRequest
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.edge.kit import Site, envelope, sign, text

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
Case = schemathesis.Case[Any]
BOUNDED = settings(max_examples=15, deadline=None)


def surface(document: dict[str, Any]) -> schemathesis.BaseSchema:
    """The document with the application that it is about."""
    schema = schemathesis.openapi.from_dict(document)
    schema.app = Site().app
    return schema


SURFACE = surface(DOCUMENT)


def signed(request: PreparedRequest) -> PreparedRequest:
    """Signs what is really sent, as WhatsApp does."""
    body = request.body or b""
    assert isinstance(body, str | bytes)
    request.headers["X-Hub-Signature-256"] = sign(body.encode() if isinstance(body, str) else body).decode()
    return request


@SURFACE.parametrize()
@BOUNDED
def test_without_a_signature_no_answer_but_the_documented_ones(case: Case) -> None:
    case.call_and_validate()


@SURFACE.include(operation_id="deliver").parametrize()
@BOUNDED
def test_with_a_signature_no_answer_but_the_documented_ones(case: Case) -> None:
    """What does not fit the document may be taken all the same: tolerance is the point of the envelope."""
    response = case.call(auth=signed)
    case.validate_response(response, excluded_checks=[negative_data_rejection])
    assert response.status_code in {200, 400, 405}


def test_a_signed_message_is_taken_on_this_way() -> None:
    site = Site()
    schema = surface(DOCUMENT)
    schema.app = site.app
    body = json.loads(envelope({"messages": [text()]}))
    case = schema["/webhook/whatsapp"]["POST"].Case(body=body, media_type="application/json")
    assert case.call_and_validate(auth=signed).status_code == 200
    assert [message.id for message in site.inbox.accepted] == ["wamid.1"]


def test_an_answer_that_is_not_documented_is_noticed() -> None:
    document = copy.deepcopy(DOCUMENT)
    del document["paths"]["/webhook/whatsapp"]["post"]["responses"]["401"]
    case = surface(document)["/webhook/whatsapp"]["POST"].Case(body={}, media_type="application/json")
    with pytest.raises(FailureGroup, match="Undocumented"):
        case.call_and_validate()
