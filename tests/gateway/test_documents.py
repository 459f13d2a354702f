import pytest
from graphql import OperationDefinitionNode, parse

from service.gateway import documents


@pytest.mark.parametrize("name", documents.__all__)
def test_a_document_is_one_named_operation(name: str) -> None:
    [operation] = parse(getattr(documents, name)).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
