"""Rerank on Bedrock. No reply was recorded: they are written from AWS's pages on the rerank models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Ended, Scored, Started, Usage, UsageReported
from addon.canon.outbound import Target
from addon.canon.request import Endpoint, RerankRequest
from addon.dialects.bedrock import DIALECT
from addon.face.decode import decode
from tests.addon.dialects.native import document

CODEC = DIALECT.codecs[Endpoint.RERANK]
COHERE = Target("", "AKIDFAKE|fake|us-east-1", "cohere.rerank-v3-5:0")


def ranking(**fields: Any) -> RerankRequest:
    raw = json.dumps({"model": "asked-for", "query": "q", "documents": ["a", "b"], **fields}).encode()
    request = decode(Endpoint.RERANK, "application/json", raw)
    assert isinstance(request, RerankRequest)
    return request


@pytest.mark.parametrize(
    ("model", "fields", "more"),
    [
        ("cohere.rerank-v3-5:0", {}, {"api_version": 2}),
        ("cohere.rerank-v3-5:0", {"top_n": 1}, {"top_n": 1, "api_version": 2}),
        ("amazon.rerank-v1:0", {"top_n": 9}, {"top_n": 2}),
    ],
)
def test_each_vendor_has_a_body(model: str, fields: dict[str, Any], more: dict[str, Any]) -> None:
    sent = CODEC.build(ranking(**fields), Target("", COHERE.key, model))
    assert sent.url.endswith("/invoke")
    assert document(sent) == {"query": "q", "documents": ["a", "b"], **more}


@pytest.mark.parametrize(("told", "text"), [(False, ""), (True, "b")])
def test_results_keep_their_order(told: bool, text: str) -> None:
    body = b'{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.25}]}'
    found = list(CODEC.read_reply(ranking(return_documents=told), COHERE, body))
    first, second = Scored(1, 0.9, text), Scored(0, 0.25, "a" if told else "")
    assert found == [Started(), first, second, UsageReported(Usage(searches=1)), Ended()]


def test_what_is_no_reply_is_garbage() -> None:
    with pytest.raises(KeyError):
        list(CODEC.read_reply(ranking(), COHERE, b"{}"))
