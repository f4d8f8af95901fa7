from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import POSTED
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest, Endpoint
from addon.face.decode import BadRequest, decode
from addon.face.decode_forms import FILES

JSON = "application/json"


def decoded(endpoint: Endpoint, **body: Any) -> Any:
    return decode(endpoint, JSON, json.dumps(body).encode())


def test_a_chat_request_keeps_its_bytes_and_its_document() -> None:
    raw = b'{"model": "m", "x": {"y": 1.10}, "messages": [{"role":"system","content":"hi"}]}'
    request = decode(Endpoint.CHAT, JSON, raw)
    assert isinstance(request, ChatRequest)
    assert request.raw == raw
    assert request.body["x"] == {"y": 1.1}
    assert request.endpoint is Endpoint.CHAT


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    raw = b'{"model":"m","input":"x"}'
    assert decode(Endpoint.EMBEDDINGS, JSON, b"\xef\xbb\xbf" + raw).raw == raw


def test_a_completion_request_is_read() -> None:
    request = decoded(
        Endpoint.COMPLETIONS,
        model="m",
        prompt="once",
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=5,
        n=2,
        best_of=3,
    )
    assert isinstance(request, CompletionRequest)
    assert request.prompts == ("once",)
    assert (request.stream, request.include_usage) == (True, True)
    assert (request.max_tokens, request.n, request.best_of) == (5, 2, 3)
    assert request.endpoint is Endpoint.COMPLETIONS


def test_an_embedding_request_is_read() -> None:
    request = decoded(Endpoint.EMBEDDINGS, model="m", input=["a", "b"], encoding_format="base64", dimensions=8)
    assert isinstance(request, EmbeddingRequest)
    assert (request.inputs, request.encoding_format, request.dimensions) == (("a", "b"), "base64", 8)
    assert decoded(Endpoint.EMBEDDINGS, model="m", input="a", encoding_format="float").encoding_format == "float"
    assert request.endpoint is Endpoint.EMBEDDINGS


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ("a",)),
        (["a", "b"], ("a", "b")),
        ([1, 2, 3], ((1, 2, 3),)),
        ([[1, 2], [3]], ((1, 2), (3,))),
        (["a", [1]], ("a", (1,))),
        (["", "b"], ("", "b")),
    ],
)
def test_texts_come_as_strings_or_token_ids(value: Any, texts: tuple[Any, ...]) -> None:
    assert decoded(Endpoint.EMBEDDINGS, model="m", input=value).inputs == texts
    assert decoded(Endpoint.COMPLETIONS, model="m", prompt=value).prompts == texts


@pytest.mark.parametrize(
    ("endpoint", "body", "message"),
    [
        (Endpoint.CHAT, {}, "model is required"),
        (Endpoint.CHAT, {"model": ""}, "model is required"),
        (Endpoint.CHAT, {"model": 5}, "model must be a string, not a number"),
        (Endpoint.CHAT, {"max_tokens": -1}, "max_tokens is invalid"),
        (Endpoint.CHAT, {"model": "m"}, "field messages is required"),
        (Endpoint.COMPLETIONS, {"model": "m"}, "field prompt is required"),
        (Endpoint.COMPLETIONS, {"model": "m", "prompt": ""}, "field prompt is required"),
        (Endpoint.COMPLETIONS, {"model": "m", "prompt": "a", "best_of": 0}, "best_of must be at least 1, not 0"),
        (Endpoint.EMBEDDINGS, {"model": "m"}, "field input is required"),
        (Endpoint.EMBEDDINGS, {"model": "m", "input": []}, "field input is required"),
        (Endpoint.EMBEDDINGS, {"model": "m", "input": 5}, "input must be a string or an array of token ids"),
        (Endpoint.EMBEDDINGS, {"model": "m", "input": ["a", 5]}, "input[1] must be a string or an array of token ids"),
        (Endpoint.EMBEDDINGS, {"model": "m", "input": [[]]}, "input[0] must be a string or an array of token ids"),
        (Endpoint.EMBEDDINGS, {"model": "m", "input": [True]}, "input[0] must be a string or an array of token ids"),
        (
            Endpoint.EMBEDDINGS,
            {"model": "m", "input": "a", "encoding_format": "hex"},
            "encoding_format must be float or base64, not 'hex'",
        ),
    ],
)
def test_a_wrong_request_is_refused_with_the_words_of_one_api(
    endpoint: Endpoint, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        decoded(endpoint, **body)
    assert caught.value.message == message
    assert caught.value.code == "invalid_text_request"


@pytest.mark.parametrize("endpoint", sorted(POSTED - set(FILES)))
def test_what_is_no_json_object_is_refused_at_any_endpoint(endpoint: Endpoint) -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        decode(endpoint, JSON, b"{")
    with pytest.raises(BadRequest, match="takes JSON, not multipart/form-data"):
        decode(endpoint, "multipart/form-data; boundary=x", b"{}")


def test_thirty_megabytes_of_base64_are_read() -> None:
    url = "data:image/png;base64," + "A" * 30_000_000
    message = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
    request = decoded(Endpoint.CHAT, model="m", messages=[message])
    assert len(request.messages[0].parts[0].data) == 30_000_000
