from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.form import FormRequest
from addon.control.samples import COSTLY, SAMPLES, choose, endpoint_of, sample, summary
from addon.face.decode import decode
from rules.providers import PROVIDERS

OPENAI, COHERE, REPLICATE, PROXY, SILICONFLOW, XAI = (PROVIDERS[number] for number in (1, 35, 46, 43, 44, 45))


@pytest.mark.parametrize(
    ("provider", "model", "endpoint"),
    [
        (OPENAI, "gpt-4o", Endpoint.CHAT),
        (OPENAI, "gpt-3.5-turbo-instruct", Endpoint.COMPLETIONS),
        (OPENAI, "text-embedding-3-small", Endpoint.EMBEDDINGS),
        (OPENAI, "dall-e-3", Endpoint.IMAGES),
        (OPENAI, "gpt-image-1", Endpoint.IMAGES),
        (OPENAI, "tts-1-hd", Endpoint.SPEECH),
        (OPENAI, "gpt-4o-mini-tts", Endpoint.SPEECH),
        (OPENAI, "whisper-1", Endpoint.TRANSCRIPTIONS),
        (OPENAI, "gpt-4o-transcribe", Endpoint.TRANSCRIPTIONS),
        (OPENAI, "omni-moderation-latest", Endpoint.MODERATIONS),
        (COHERE, "rerank-v3.5", Endpoint.RERANK),
        (SILICONFLOW, "Kwai-Kolors/Kolors", Endpoint.IMAGES),
        (SILICONFLOW, "BAAI/bge-m3", Endpoint.EMBEDDINGS),
        (SILICONFLOW, "BAAI/bge-reranker-v2-m3", Endpoint.RERANK),
        (SILICONFLOW, "Qwen/Qwen2.5-VL-72B-Instruct", Endpoint.CHAT),
        (REPLICATE, "black-forest-labs/flux-schnell", Endpoint.IMAGES),
        (PROVIDERS[34], "7379462189365198898", Endpoint.CHAT),
        (PROVIDERS[34], "my-image-bot", Endpoint.CHAT),  # it has nothing but chat
        (PROXY, "anything", None),
        (OPENAI, "gpt-realtime-mini", None),
    ],
)
def test_the_endpoint_is_the_models(provider: Any, model: str, endpoint: Endpoint | None) -> None:
    assert endpoint_of(provider, model) is endpoint


def test_a_price_per_picture_tells_a_picture_model_where_its_name_does_not() -> None:
    assert endpoint_of(PROVIDERS[39], "black-forest-labs/FLUX.1-schnell") is Endpoint.IMAGES


@pytest.mark.parametrize(
    ("provider", "models", "chosen"),
    [
        (OPENAI, ["gpt-4o", "gpt-3.5-turbo"], "gpt-3.5-turbo"),
        (OPENAI, ["dall-e-3", "text-embedding-3-small", "gpt-4o"], "gpt-4o"),
        (OPENAI, ["dall-e-3", "tts-1", "text-embedding-3-small"], "text-embedding-3-small"),
        (OPENAI, ["tts-1", "dall-e-3"], "tts-1"),
        (OPENAI, ["dall-e-3", "gpt-image-1"], ""),
        (OPENAI, ["gpt-realtime", "gpt-4o"], "gpt-4o"),
        (OPENAI, ["gpt-realtime"], ""),
        (XAI, ["grok-imagine-image"], ""),
        (PROXY, ["anything"], ""),
        (OPENAI, [], ""),
    ],
)
def test_no_picture_is_chosen(provider: Any, models: list[str], chosen: str) -> None:
    assert choose(provider, models) == chosen


@pytest.mark.parametrize("endpoint", SAMPLES)
def test_a_sample_is_a_request_that_we_take(endpoint: Endpoint) -> None:
    request = decode(endpoint, *sample(endpoint, "some-model", "Who are you?"))
    assert (request.endpoint, request.model, request.stream) == (endpoint, "some-model", False)


def test_a_chat_asks_what_the_operator_wants_to_be_asked() -> None:
    _, body = sample(Endpoint.CHAT, "gpt-4o", "Who are you?")
    assert json.loads(body)["messages"] == [{"role": "user", "content": "Who are you?"}]


def test_a_sound_is_a_second_of_silence() -> None:
    request = decode(Endpoint.TRANSCRIPTIONS, *sample(Endpoint.TRANSCRIPTIONS, "whisper-1", ""))
    assert isinstance(request, FormRequest)
    (file,) = (part for part in request.parts if part.filename)
    data = request.raw[file.data_start : file.data_end]
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert len(data) == 44 + 16000 and set(data[44:]) == {0}


JSON = "application/json"


@pytest.mark.parametrize(
    ("endpoint", "document", "said"),
    [
        (Endpoint.CHAT, {"choices": [{"message": {"content": "I am Claude"}}]}, "I am Claude"),
        (Endpoint.CHAT, {"choices": [{"message": {"content": None}}]}, ""),
        (Endpoint.CHAT, {"choices": []}, ""),
        (Endpoint.COMPLETIONS, {"choices": [{"text": " world"}]}, " world"),
        (Endpoint.EMBEDDINGS, {"data": [{"embedding": [0.1, 0.2]}]}, "a vector of 2 numbers"),
        (Endpoint.MODERATIONS, {"results": [{"flagged": False}]}, "flagged: false"),
        (Endpoint.RERANK, {"results": [{"index": 0}, {"index": 1}]}, "2 documents ranked"),
        (Endpoint.IMAGES, {"data": [{"url": "https://x"}]}, "1 picture"),
        (Endpoint.TRANSCRIPTIONS, {"text": " "}, "heard: silence"),
        (Endpoint.TRANSCRIPTIONS, {"text": "Thank you."}, "heard: Thank you."),
    ],
)
def test_a_reply_in_a_few_words(endpoint: Endpoint, document: Any, said: str) -> None:
    assert summary(endpoint, JSON, json.dumps(document).encode()) == said


def test_sound_is_counted() -> None:
    assert summary(Endpoint.SPEECH, "audio/mpeg; x=y", b"12345") == "5 bytes of audio/mpeg"


def test_pictures_are_what_costs() -> None:
    assert set(SAMPLES) > COSTLY
