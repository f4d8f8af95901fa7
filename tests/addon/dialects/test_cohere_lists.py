"""Cohere's embeddings and rerank."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Scored, Started, Usage, UsageReported, Vector
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint, RerankRequest
from addon.dialects.cohere_lists import (
    build_embeddings,
    build_rerank,
    more_embeddings,
    read_embeddings,
    read_rerank,
)
from addon.face.decode import decode
from tests.addon.dialects.native import document, embedding
from tests.addon.dialects.sdk_traffic import sent_by
from tests.recordings import Recording, cases

TARGET = Target("https://api.cohere.ai", "fake-cohere", "embed-v4.0")
RANKER = Target("https://api.cohere.ai", "fake-cohere", "rerank-v3.5")


def ranking(**fields: Any) -> RerankRequest:
    body = {"model": "m", "query": "ruby", "documents": ["Ruby", {"text": "Paris"}, "Rails"], **fields}
    request = decode(Endpoint.RERANK, "application/json", json.dumps(body).encode())
    assert isinstance(request, RerankRequest)
    return request


def test_requests_are_those_that_the_sdk_sends() -> None:
    call = """
import cohere
def call(host, case):
    client = cohere.ClientV2(api_key="fake", base_url="http://" + host)
    (client.rerank if "query" in case else client.embed)(**case)
"""
    documents = [
        document(build_embeddings(embedding(["a", "b"], dimensions=256), TARGET)),
        document(build_rerank(ranking(top_n=2, max_tokens_per_doc=64), RANKER)),
    ]
    reply = {
        "id": "x",
        "embeddings": {"float": [[1]]},
        "texts": [],
        "results": [],
        "response_type": "embeddings_by_type",
    }
    sent = sent_by(call, documents, reply)
    assert [one.path for one in sent] == ["/v2/embed", "/v2/rerank"]
    assert [one.document for one in sent] == documents


def test_what_texts_are_embedded_for_is_the_clients_or_the_channels_word() -> None:
    questions = Target("https://api.cohere.ai", "k", "m", config={"input_type": "search_query"})
    assert document(build_embeddings(embedding("a"), TARGET))["input_type"] == "search_document"
    assert document(build_embeddings(embedding("a"), questions))["input_type"] == "search_query"
    asked = embedding("a", input_type="clustering")
    assert document(build_embeddings(asked, questions))["input_type"] == "clustering"


def test_a_long_list_takes_several_requests() -> None:
    request = embedding([str(number) for number in range(200)])
    bodies = [document(build_embeddings(request, TARGET))]
    while (again := more_embeddings(request, TARGET, b"{}", len(bodies))) is not None:
        bodies.append(document(again.outbound))
    assert [len(one["texts"]) for one in bodies] == [96, 96, 8]
    replies = [
        {"id": "i", "embeddings": {"float": [[float(text)] for text in one["texts"]]}, "meta": {"billed_units": units}}
        for one, units in zip(bodies, ({"input_tokens": 5}, {"input_tokens": 6}, {}), strict=True)
    ]
    events = list(read_embeddings(request, TARGET, json.dumps(replies).encode()))
    assert events[0] == Started("i")
    assert events[1:-1] == [Vector(number, (float(number),)) for number in range(200)]
    assert events[-1] == UsageReported(Usage(prompt=11))


def test_token_ids_are_refused() -> None:
    with pytest.raises(CannotCarry, match="send the text"):
        build_embeddings(embedding([[1, 2]]), TARGET)


@pytest.mark.parametrize("recording", cases(["cohere"], ["embeddings"]))
def test_recorded_embeddings_come_out_equal(recording: Recording) -> None:
    wanted = json.loads(recording.body)
    events = list(read_embeddings(embedding("a"), TARGET, b"[" + recording.body + b"]"))
    vectors = wanted["embeddings"]
    assert [one.values for one in events if isinstance(one, Vector)] == [
        tuple(one) for one in (vectors["float"] if isinstance(vectors, dict) else vectors)
    ]
    assert events[-1] == UsageReported(Usage(prompt=wanted["meta"]["billed_units"]["input_tokens"]))


def test_the_older_list_of_vectors_is_read() -> None:
    body = b'[{"id":"i","embeddings":[[0.5],[1]],"response_type":"embeddings_floats","texts":["a","b"]}]'
    events = list(read_embeddings(embedding(["a", "b"]), TARGET, body))
    assert events == [Started("i"), Vector(0, (0.5,)), Vector(1, (1,)), UsageReported(Usage(prompt=0))]


@pytest.mark.parametrize("recording", cases(["cohere"], ["rerank"]))
def test_a_recorded_ranking_comes_out_equal(recording: Recording) -> None:
    wanted = json.loads(recording.body)
    events = list(read_rerank(ranking(), RANKER, recording.body))
    scores = [one for one in events if isinstance(one, Scored)]
    assert [(one.index, one.score) for one in scores] == [
        (one["index"], one["relevance_score"]) for one in wanted["results"]
    ]
    assert events[-1] == UsageReported(Usage(searches=wanted["meta"]["billed_units"]["search_units"]))


def test_documents_are_told_again_where_the_client_wants_them() -> None:
    body = json.dumps({"results": [{"index": 1, "relevance_score": 0.5}]}).encode()
    events = list(read_rerank(ranking(return_documents=True), RANKER, body))
    assert events == [Started(), Scored(1, 0.5, "Paris"), UsageReported(Usage())]
