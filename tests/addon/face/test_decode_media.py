from __future__ import annotations

from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.request import ImageRequest, ModerationRequest, RerankRequest, SpeechRequest
from addon.face.bad_request import BadRequest
from addon.face.decode import decode
from tests.forms import media_request


def test_a_request_for_pictures_is_read() -> None:
    request = media_request(
        Endpoint.IMAGES,
        prompt="a cat",
        n=2,
        size="512x512",
        quality="hd",
        style="vivid",
        response_format="b64_json",
        background="opaque",
        output_format="jpeg",
        seed=7,
        negative_prompt="a dog",
        user="u",
        stream=True,
        odd={"kept": 1},
    )
    assert isinstance(request, ImageRequest)
    assert (request.model, request.prompt, request.n, request.size) == ("dall-e-2", "a cat", 2, "512x512")
    assert (request.quality, request.style, request.response_format) == ("hd", "vivid", "b64_json")
    assert (request.background, request.output_format, request.seed) == ("opaque", "jpeg", 7)
    assert (request.negative_prompt, request.user, request.stream) == ("a dog", "u", True)
    assert request.body["odd"] == {"kept": 1}
    plain = media_request(Endpoint.IMAGES, prompt="a cat", model="m")
    assert (plain.model, plain.n, plain.size, plain.stream, plain.images) == ("m", 1, "", False, ())


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ({"images": [{"image_url": "https://x/1.png"}, {"file_id": "file-1"}]}, ("https://x/1.png",)),
        ({"image": "data:image/png;base64,eA=="}, ("data:image/png;base64,eA==",)),
        ({"image": ["https://x/1.png", "https://x/2.png", 3]}, ("https://x/1.png", "https://x/2.png")),
        ({"images": "odd"}, ()),
    ],
)
def test_pictures_to_be_changed_may_come_as_json(body: dict[str, Any], images: tuple[str, ...]) -> None:
    assert media_request(Endpoint.IMAGE_EDITS, prompt="a hat", **body).images == images


def test_a_speech_is_read() -> None:
    request = media_request(
        Endpoint.SPEECH,
        model="tts-1",
        input="hi",
        voice="alloy",
        instructions="slowly",
        response_format="wav",
        speed=1.5,
        stream_format="sse",
    )
    assert isinstance(request, SpeechRequest)
    assert (request.input, request.voice, request.instructions) == ("hi", "alloy", "slowly")
    assert (request.response_format, request.speed, request.stream) == ("wav", 1.5, True)
    own = media_request(Endpoint.SPEECH, model="tts-1", input="hi", voice={"id": "voice_1"})
    assert (own.voice, own.stream) == ("voice_1", False)
    assert media_request(Endpoint.SPEECH, model="tts-1", input="hi", voice={}).voice == ""
    assert media_request(Endpoint.SPEECH, model="tts-1", input="你" * 4096).voice == ""


@pytest.mark.parametrize(
    ("given", "texts", "images", "batch"),
    [
        ("a", ("a",), (), False),
        (["a", "b"], ("a", "b"), (), True),
        (
            [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://x/1.png"}}],
            ("a",),
            ("https://x/1.png",),
            False,
        ),
    ],
)
def test_what_is_to_be_judged(given: Any, texts: tuple[str, ...], images: tuple[str, ...], batch: bool) -> None:
    request = media_request(Endpoint.MODERATIONS, input=given)
    assert isinstance(request, ModerationRequest)
    assert (request.model, request.texts, request.images, request.batch) == (
        "omni-moderation-latest",
        texts,
        images,
        batch,
    )


def test_documents_to_be_ranked() -> None:
    request = media_request(
        Endpoint.RERANK,
        model="m",
        query="q",
        documents=["a", {"text": "b"}, {"title": "ü"}],
        top_n=2,
        return_documents=True,
    )
    assert isinstance(request, RerankRequest)
    assert (request.query, request.documents) == ("q", ("a", "b", '{"title": "ü"}'))
    assert (request.top_n, request.return_documents) == (2, True)


@pytest.mark.parametrize(
    ("endpoint", "body", "param", "message", "code"),
    [
        (Endpoint.IMAGES, {}, "prompt", "prompt is required", "prompt_missing"),
        (Endpoint.IMAGES, {"prompt": " "}, "prompt", "prompt is required", "prompt_missing"),
        (Endpoint.IMAGES, {"prompt": "x", "n": 0}, "n", "n must be between 1 and 15", "n_not_within_range"),
        (Endpoint.IMAGES, {"prompt": "x", "n": 16}, "n", "n must be between 1 and 15", "n_not_within_range"),
        (Endpoint.IMAGES, {"prompt": "x", "size": 512}, "size", "size must be a string", "invalid_text_request"),
        (Endpoint.SPEECH, {"model": "m"}, "input", "field input is required", "invalid_text_request"),
        (Endpoint.SPEECH, {"model": "m", "input": "x" * 4097}, "input", "at most 4096", "text_too_long"),
        (Endpoint.SPEECH, {"input": "x"}, "model", "model is required", "invalid_text_request"),
        (Endpoint.SPEECH, {"model": "m", "input": "x", "voice": 1}, "voice", "a string", "invalid_text_request"),
        (Endpoint.MODERATIONS, {}, "input", "field input is required", "invalid_text_request"),
        (Endpoint.MODERATIONS, {"input": {}}, "input", "a string or an array", "invalid_text_request"),
        (Endpoint.MODERATIONS, {"input": [{}]}, "input[0].text", "is required", "invalid_text_request"),
        (
            Endpoint.MODERATIONS,
            {"input": [{"type": "image_url"}]},
            "input[0].image_url.url",
            "is required",
            "invalid_text_request",
        ),
        (Endpoint.RERANK, {"model": "m", "documents": ["a"]}, "query", "field query", "invalid_text_request"),
        (Endpoint.RERANK, {"model": "m", "query": "q"}, "documents", "field documents", "invalid_text_request"),
        (
            Endpoint.RERANK,
            {"model": "m", "query": "q", "documents": [1]},
            "documents[0]",
            "an object with a text",
            "invalid_text_request",
        ),
    ],
)
def test_a_wrong_request_is_refused(
    endpoint: Endpoint, body: dict[str, Any], param: str, message: str, code: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        media_request(endpoint, **body)
    assert message in caught.value.message
    assert (caught.value.param, caught.value.code) == (param, code)


def test_variations_take_a_form_only() -> None:
    with pytest.raises(BadRequest, match="takes a form"):
        decode(Endpoint.IMAGE_VARIATIONS, "application/json", b"{}")
