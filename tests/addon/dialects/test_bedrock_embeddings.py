"""Embeddings on Bedrock: a body per vendor; the recordings are in test_bedrock. Nova's reply is from AWS's pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Event, UsageReported, Vector
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.bedrock import build_embeddings, next_embeddings
from addon.dialects.bedrock_embeddings import reply_events
from tests.addon.dialects.native import document, embedding

TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-multilingual-v3"


def target(model: str) -> Target:
    return Target("", "AKIDFAKE|fake|us-east-1", model)


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("amazon.titan-embed-text-v1", {"dimensions": 256}, {"inputText": "a"}),
        (TITAN, {}, {"inputText": "a"}),
        (TITAN, {"dimensions": 256}, {"inputText": "a", "dimensions": 256}),
        (
            COHERE,
            {"dimensions": 256},
            {"texts": ["a"], "input_type": "search_document", "embedding_types": ["float"]},
        ),
        (
            "us.cohere.embed-v4:0",
            {"dimensions": 256, "input_type": "search_query"},
            {"texts": ["a"], "input_type": "search_query", "embedding_types": ["float"], "output_dimension": 256},
        ),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            {"dimensions": 384},
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "GENERIC_INDEX",
                    "embeddingDimension": 384,
                    "text": {"truncationMode": "NONE", "value": "a"},
                },
            },
        ),
    ],
)
def test_each_vendor_has_a_body(model: str, fields: dict[str, Any], wanted: Any) -> None:
    sent = build_embeddings(embedding("a", **fields), target(model))
    assert sent.url.endswith("/invoke")
    assert document(sent) == wanted


def asked(texts: list[str], model: str) -> list[Any]:
    """The bodies of all requests for these texts."""
    request = embedding(texts)
    sent = [document(build_embeddings(request, target(model)))]
    while again := next_embeddings(request, target(model), b"{}", len(sent)):
        sent.append(document(again.outbound))
    return sent


def test_texts_are_asked_for_in_as_few_requests_as_the_model_allows() -> None:
    texts = [f"text {number}" for number in range(200)]
    assert [len(body["texts"]) for body in asked(texts, COHERE)] == [96, 96, 8]
    assert [body["inputText"] for body in asked(texts[:3], TITAN)] == texts[:3]
    assert len(asked(["a"], TITAN)) == 1


def test_token_ids_are_refused() -> None:
    with pytest.raises(CannotCarry) as told:
        build_embeddings(embedding([[1, 2]]), target(TITAN))
    assert told.value.param == "input[0]"


def read(*documents: Any) -> tuple[list[list[float]], list[int | None]]:
    body = json.dumps(documents[0] if len(documents) == 1 else list(documents)).encode()
    events: list[Event] = list(reply_events(body))
    vectors = [list(event.values) for event in events if isinstance(event, Vector)]
    assert [event.index for event in events if isinstance(event, Vector)] == list(range(len(vectors)))
    return vectors, [event.usage.prompt for event in events if isinstance(event, UsageReported)]


def test_vectors_of_several_replies_are_numbered_through() -> None:
    one = {"embedding": [1.0], "inputTextTokenCount": 3, "embeddingsByType": {"float": [1.0]}}
    assert read(one, one | {"embedding": [2.0]}) == ([[1.0], [2.0]], [6])
    assert read({"embeddings": {"float": [[1.0], [2.0]]}}, {"embeddings": {"float": [[3.0]]}}) == (
        [[1.0], [2.0], [3.0]],
        [],
    )


def test_every_shape_of_a_reply_is_read() -> None:
    assert read({"embeddings": [[1.0], [2.0]], "response_type": "embeddings_floats"})[0] == [[1.0], [2.0]]
    assert read({"embeddings": [{"embeddingType": "TEXT", "embedding": [1.0]}]})[0] == [[1.0]]


def test_what_is_no_reply_is_garbage() -> None:
    with pytest.raises(KeyError):
        read({"message": "no"})
