"""The endpoints beside chat, through the real gateway: openai's own client, a provider that is not there, the books."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider
from scripts.fake_provider.media import PICTURE, SOUND
from tests.e2e.clients import by_base_url, run_python, seen
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

MODELS = [
    *("dall-e-2", "dall-e-3", "gpt-image-1", "tts-1", "gpt-4o-mini-tts", "whisper-1", "gpt-4o-transcribe"),
    *("omni-moderation-latest", "rerank-v3.5", "fake-cut", "fake-500", "fake-error-in-stream"),
]
AUDIO = b"RIFF" + bytes(range(256)) * 8
SETUP = """
import base64, io, json
from openai import OpenAI, APIStatusError, NOT_GIVEN
client = OpenAI(max_retries=0)
"""


@pytest.fixture(scope="module")
def media(gateway: Gateway, session_provider: FakeProvider) -> Iterator[Gateway]:
    """The gateway with a channel that has all endpoints, and one of a type that has none of them."""
    made = gateway.add_channel(
        name="media", type=8, key=UPSTREAM_KEY, base_url=session_provider.url, models=MODELS, priority=5
    )
    azure = gateway.add_channel(
        name="media-azure",
        type=3,
        key=UPSTREAM_KEY,
        base_url=session_provider.url,
        models=["azure.whisper"],
        config='{"api_version": "2024-10-21"}',
    )
    claude = gateway.add_channel(
        name="no-media", type=14, key=UPSTREAM_KEY, base_url=session_provider.url, models=["claude-pictures"]
    )
    gateway.await_models(*MODELS, "azure.whisper", "claude-pictures")
    yield gateway
    for channel in (made, azure, claude):
        gateway.api("DELETE", f"/channel/{channel}")


def python(gateway: Gateway, script: str) -> Any:
    return seen(run_python(SETUP + script, by_base_url(gateway)))


def last_row(gateway: Gateway, model: str) -> dict[str, Any]:
    """The newest row of the log about this model; the ledger writes behind the reply."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        rows = gateway.api("GET", "/log/", model_name=model)
        if rows:
            found: dict[str, Any] = rows[0]
            return found
        time.sleep(0.05)
    raise AssertionError(f"no row about {model}")


def post(gateway: Gateway, path: str, **fields: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {gateway.token}"}
    return httpx.post(f"{gateway.base_url}/{path}", headers=headers, timeout=30, trust_env=False, **fields)


def test_pictures_are_drawn_and_paid_by_size_and_quality(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
made = client.images.generate(model="dall-e-3", prompt="a cat", size="1024x1792", quality="hd",
                              response_format="b64_json")
print(json.dumps([len(made.data), made.data[0].b64_json]))
""",
    )
    assert got[0] == 1
    assert base64.b64decode(got[1]) == PICTURE
    assert provider.requests[-1].path == "/v1/images/generations"
    assert last_row(media, "dall-e-3")["quota"] == 60_000


def test_pictures_by_tokens_and_as_a_stream(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
made = client.images.generate(model="gpt-image-1", prompt="a small cat", size="1024x1024", quality="low")
kinds = [event.type for event in client.images.generate(model="gpt-image-1", prompt="a cat", stream=True)]
print(json.dumps([made.usage.output_tokens, kinds]))
""",
    )
    assert got == [272, ["image_generation.partial_image", "image_generation.completed"]]
    # 272 tokens of a picture at 8 x 2.5, and two words
    assert last_row(media, "gpt-image-1")["quota"] in (272 * 20 + 5, 272 * 20 + 8)


def test_pictures_are_edited_and_varied_from_a_form(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
picture = ("cat.png", io.BytesIO(b"\\x89PNG not really"), "image/png")
edited = client.images.edit(model="gpt-image-1", prompt="a hat on it", image=picture)
varied = client.images.create_variation(model="dall-e-2", image=picture, n=2, size="512x512")
print(json.dumps([len(edited.data), len(varied.data)]))
""",
    )
    assert got == [1, 2]
    edit, variation = provider.requests[-2:]
    assert (edit.form["prompt"], edit.form["image"]) == ("a hat on it", b"\x89PNG not really")
    assert variation.path == "/v1/images/variations"
    assert last_row(media, "dall-e-2")["quota"] == 2 * 11_250


def test_speech_arrives_as_sound_and_is_paid_by_the_character(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
with client.audio.speech.with_streaming_response.create(
    model="tts-1", voice="alloy", input="hello there", response_format="wav"
) as reply:
    data = reply.read()
    print(json.dumps([reply.headers["content-type"], len(data), base64.b64encode(data[:4]).decode()]))
""",
    )
    assert got == ["audio/wav", 4 * 200 * len(SOUND), base64.b64encode(SOUND[:4]).decode()]
    assert last_row(media, "tts-1")["quota"] == int(len("hello there") * 7.5)


def test_sound_that_is_cut_never_looks_whole(media: Gateway, provider: FakeProvider) -> None:
    body = {"model": "fake-cut", "voice": "alloy", "input": "hello"}
    with pytest.raises(httpx.RemoteProtocolError):
        post(media, "audio/speech", json=body)
    row = last_row(media, "fake-cut")
    assert row["quota"] > 0


def test_speech_that_fails_before_it_begins_is_an_error(media: Gateway, provider: FakeProvider) -> None:
    reply = post(media, "audio/speech", json={"model": "fake-500", "voice": "alloy", "input": "hello"})
    assert reply.status_code == 500
    assert "fake: you asked for a 500" in reply.json()["error"]["message"]
    reply = post(media, "audio/speech", json={"model": "fake-500", "voice": "alloy", "input": "x" * 4097})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "text_too_long")


@pytest.mark.parametrize("wanted", ["json", "text", "srt", "verbose_json", "vtt"])
def test_transcripts_in_each_format(media: Gateway, provider: FakeProvider, wanted: str) -> None:
    form = {"response_format": wanted, "model": "whisper-1", "prompt": "ümläut"}
    reply = post(media, "audio/transcriptions", data=form, files={"file": ("a.wav", AUDIO, "audio/wav")})
    assert reply.status_code == 200
    assert "this is the fake provider" in reply.text
    json_wanted = wanted in ("json", "verbose_json")
    assert reply.headers["content-type"].startswith("application/json" if json_wanted else "text/")
    sent = provider.requests[-1]
    assert sent.form == {**form, "file": AUDIO}
    row = last_row(media, "whisper-1")
    seconds = {"json": 3, "text": None}.get(wanted, 2.5)
    if seconds is not None:
        assert row["quota"] == seconds * 50
    assert row["quota"] > 0


def test_a_form_reaches_the_provider_byte_for_byte_but_for_its_model(media: Gateway, provider: FakeProvider) -> None:
    boundary = "----fake0boundary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\nX-Odd: kept\r\n\r\nazure.whisper\r\n'
    tail = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode()
    raw = head.encode() + tail + AUDIO + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}", "authorization": f"Bearer {media.token}"}
    reply = httpx.post(
        f"{media.base_url}/audio/transcriptions", content=raw, headers=headers, timeout=30, trust_env=False
    )
    assert reply.status_code == 200
    sent = provider.requests[-1]
    assert sent.path == "/openai/deployments/azurewhisper/audio/transcriptions"
    assert sent.body == raw
    assert sent.header("content-type") == headers["content-type"]


def test_a_transcript_is_streamed_as_it_comes(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
heard = client.audio.transcriptions.create(
    model="gpt-4o-transcribe", file=("a.wav", b"RIFF"), response_format="json", stream=True
)
kinds = [event.type for event in heard]
print(json.dumps([kinds[0], kinds[-1], len(kinds)]))
""",
    )
    assert got[:2] == ["transcript.text.delta", "transcript.text.done"]
    row = last_row(media, "gpt-4o-transcribe")
    assert (row["prompt_tokens"], row["completion_tokens"]) == (25, got[2] - 1)


def test_translations_and_moderations(media: Gateway, provider: FakeProvider) -> None:
    got = python(
        media,
        """
said = client.audio.translations.create(model="whisper-1", file=("a.wav", b"RIFF"))
judged = client.moderations.create(input=["good", "violence"])
print(json.dumps([said.text, judged.model, [one.flagged for one in judged.results]]))
""",
    )
    assert "fake provider" in got[0]
    assert got[1:] == ["omni-moderation-latest", [False, True]]
    assert last_row(media, "omni-moderation-latest")["quota"] == 0


def test_documents_are_ranked_and_paid_by_the_search(media: Gateway, provider: FakeProvider) -> None:
    body = {"model": "rerank-v3.5", "query": "ruby", "documents": ["Paris", "Ruby on rails"], "top_n": 1}
    reply = post(media, "rerank", json=body)
    assert [one["index"] for one in reply.json()["results"]] == [1]
    assert last_row(media, "rerank-v3.5")["quota"] == 1000


def test_bad_requests_are_refused_in_one_apis_words(media: Gateway, provider: FakeProvider) -> None:
    asked = [
        ("images/generations", {"model": "dall-e-3"}, "prompt_missing"),
        ("images/generations", {"model": "dall-e-3", "prompt": "x", "size": "1x1"}, "size_not_supported"),
        ("images/generations", {"model": "dall-e-3", "prompt": "x", "n": 2}, "n_not_within_range"),
        ("images/generations", {"model": "dall-e-2", "prompt": "x" * 1001}, "prompt_too_long"),
        ("images/generations", {"model": "dall-e-2", "prompt": "x", "n": 0}, "n_not_within_range"),
    ]
    for path, body, code in asked:
        reply = post(media, path, json=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, code), body
    assert provider.requests == []


def test_what_a_provider_does_not_offer_names_provider_and_endpoint(media: Gateway, provider: FakeProvider) -> None:
    reply = post(media, "images/generations", json={"model": "claude-pictures", "prompt": "a cat"})
    assert reply.status_code == 501
    message = reply.json()["error"]["message"]
    assert "Claude" in message
    assert "images/generations" in message


def test_a_channel_that_cannot_is_passed_over(media: Gateway, provider: FakeProvider) -> None:
    claude = media.add_channel(
        name="claude-first", type=14, key=UPSTREAM_KEY, base_url=provider.url, models=["dall-e-2"], priority=9
    )
    media.settle()
    try:
        reply = post(media, "images/generations", json={"model": "dall-e-2", "prompt": "a cat", "size": "256x256"})
        assert reply.status_code == 200
        assert json.loads(reply.content)["data"]
    finally:
        media.api("DELETE", f"/channel/{claude}")
