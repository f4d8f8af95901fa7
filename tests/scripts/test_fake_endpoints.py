"""The fake provider's further endpoints: pictures, sound, moderation, ranks, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with running_fake_provider() as running:
        yield running


@pytest.mark.parametrize(
    ("path", "body", "content_type", "piece"),
    [
        ("/v1/images/generations", {"model": "dall-e-3", "prompt": "x", "response_format": "url"}, "json", "https://"),
        ("/v1/images/generations", {"model": "gpt-image-1", "prompt": "x"}, "json", '"output_tokens": 272'),
        ("/v1/images/generations", {"prompt": "x", "stream": True}, "event-stream", "image_generation.completed"),
        ("/v1/audio/speech", {"model": "tts-1", "input": "x", "response_format": "flac"}, "audio/flac", "ID3"),
        ("/v1/moderations", {"input": ["violence"]}, "json", '"flagged": true'),
        ("/v1/rerank", {"query": "a b", "documents": ["x", {"text": "a"}], "top_n": 1}, "json", '"index": 1'),
    ],
)
def test_the_further_endpoints(path: str, body: dict[str, Any], content_type: str, piece: str) -> None:
    with running_fake_provider() as provider:
        reply = httpx.post(provider.url + path, json=body, trust_env=False)
    assert reply.status_code == 200
    assert content_type in reply.headers["content-type"]
    assert piece in reply.text


@pytest.mark.parametrize(
    ("fields", "piece"),
    [
        ({}, '"seconds": 3'),
        ({"response_format": "text"}, "this is the fake provider"),
        ({"response_format": "srt"}, "00:00:00,000 --> 00:00:02,500"),
        ({"response_format": "vtt"}, "WEBVTT"),
        ({"response_format": "verbose_json"}, '"duration": 2.5'),
        ({"stream": "true"}, "transcript.text.done"),
    ],
)
def test_forms_are_read(fields: dict[str, str], piece: str) -> None:
    with running_fake_provider() as provider:
        url = provider.url + "/v1/audio/transcriptions"
        reply = httpx.post(url, data=fields, files={"file": ("a.wav", b"RIFF\x00")}, trust_env=False)
        assert provider.requests[-1].form == {**fields, "file": b"RIFF\x00"}
    assert piece in reply.text


def test_files_and_what_is_made_of_them(provider: FakeProvider) -> None:
    with httpx.Client(base_url=f"{provider.url}/v1", trust_env=False) as client:
        made = [client.post("/files", files={"file": ("a", b"12")}, data={"purpose": "batch"}).json() for _ in "ab"]
        assert made[0]["bytes"] == 2
        assert client.get(f"/files/{made[0]['id']}/content").content == b"12"
        page = client.get("/files", params={"limit": 1}).json()
        assert (page["data"], page["has_more"], page["last_id"]) == ([made[0]], True, made[0]["id"])
        rest = client.get("/files", params={"after": made[0]["id"]}).json()
        assert (rest["data"], rest["has_more"]) == ([made[1]], False)
        batch = client.post("/batches", json={"input_file_id": made[0]["id"]}).json()
        assert client.get(f"/files/{batch['output_file_id']}").json()["purpose"] == "batch_output"
        assert client.post(f"/batches/{batch['id']}/cancel").json()["status"] == "cancelling"
        job = client.post("/fine_tuning/jobs", json={"training_file": made[0]["id"]}).json()
        assert client.get(f"/fine_tuning/jobs/{job['id']}/events").json()["data"][0]["message"] == "began"
        assert client.delete(f"/files/{made[0]['id']}").json()["deleted"] is True
        assert client.get(f"/files/{made[0]['id']}").status_code == 404
