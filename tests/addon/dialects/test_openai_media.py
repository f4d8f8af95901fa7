from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.codec import Codec
from addon.canon.endpoint import Endpoint
from addon.canon.events import (
    Event,
    Failed,
    Meaning,
    Moderated,
    Passed,
    PictureMade,
    Scored,
    Segment,
    Sound,
    Started,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Quirks, Target
from addon.canon.request import Request
from addon.dialects import azure, openai
from addon.face.encode import Ids, flatten
from addon.face.fold import folded
from tests.clients import ask
from tests.forms import form_request, media_request
from tests.recordings import Recording, cases

IDS = Ids("chatcmpl-test", 1_700_000_000, "asked-for")
TARGET = Target("https://api.example", "sk-fake", "asked-for")
IMAGES = media_request(Endpoint.IMAGES, model="asked-for", prompt="a cat")
SPEECH = media_request(Endpoint.SPEECH, model="asked-for", input="hi")
RERANK = media_request(Endpoint.RERANK, model="asked-for", query="q", documents=["a", "b", "c"])
JUDGED = media_request(Endpoint.MODERATIONS, model="asked-for", input=["a", "b"])
HEARD = form_request(Endpoint.TRANSCRIPTIONS, ("model", "asked-for"))
HEARD_AS_TEXT = form_request(Endpoint.TRANSCRIPTIONS, ("response_format", "text"))


def codec(request: Request) -> Codec:
    return openai.DIALECT.codecs[request.endpoint]


def read(request: Request, document: Any) -> list[Event]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(codec(request).read_reply(request, TARGET, body))


def said(request: Request, document: Any) -> list[Meaning]:
    return list(flatten(read(request, document)))


def usage(meanings: list[Meaning]) -> Usage:
    (reported,) = (meaning.usage for meaning in meanings if isinstance(meaning, UsageReported))
    return reported


def fault(request: Request, document: Any) -> Fault:
    (event,) = read(request, document)
    assert isinstance(event, Failed)
    return event.fault


def good(providers: tuple[str, ...], *kinds: str, status: int = 200) -> list[Any]:
    return [case for case in cases(providers, kinds) if case.values[0] is None or case.values[0].status == status]


# -- what providers really sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("recording", good(("openai", "xai"), "images"))
def test_recorded_pictures_come_out_as_they_were(recording: Recording) -> None:
    document = json.loads(recording.body)
    events = read(IMAGES, recording.body)
    out = json.loads(folded(IMAGES, events, IDS)[0])
    names = ("url", "b64_json")
    assert [[item.get(name) for name in names] for item in out["data"]] == [
        [item.get(name) for name in names] for item in document["data"]
    ]
    assert isinstance(out["created"], int)
    tokens = document.get("usage", {}).get("output_tokens")
    if tokens is not None:
        assert usage(list(flatten(events))).completion == out["usage"]["output_tokens"] == tokens
        assert folded(IMAGES, events, IDS)[0] == recording.body.strip()


@pytest.mark.parametrize("recording", good(("openai",), "images", "audio-transcription", status=400))
def test_recorded_errors_keep_status_and_message(recording: Recording) -> None:
    found = openai.DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (found.status, found.kind) == (recording.status, FaultKind.BAD_REQUEST)
    assert found.message == json.loads(recording.body)["error"]["message"]


@pytest.mark.parametrize("recording", good(("mistral", "cohere"), "audio-transcription"))
def test_recorded_transcripts_are_understood(recording: Recording) -> None:
    document = json.loads(recording.body)
    meanings = said(HEARD, recording.body)
    assert isinstance(meanings[0], Transcript) and meanings[0].text == document["text"]
    told = document.get("usage")
    if told:
        found = usage(meanings)
        assert found.total == told["total_tokens"] == (found.prompt or 0) + (found.completion or 0)
        assert found.seconds == told["prompt_audio_seconds"]
        assert found.audio_prompt == told["prompt_tokens_details"]["audio_tokens"]


@pytest.mark.parametrize("recording", cases(("openai",), ("audio-speech",)))
def test_recorded_sound_says_nothing_to_the_meter(recording: Recording) -> None:
    assert recording.body.startswith(b"RIFF")
    assert read(SPEECH, recording.body) == []
    told = read(media_request(Endpoint.SPEECH, model="m", input="x", stream_format="sse"), recording.body * 4)
    assert b"".join(one.data for one in told if isinstance(one, Sound)) == recording.body * 4 and len(told) > 1


@pytest.mark.parametrize("recording", cases(("openai",), ("moderations",)))
def test_recorded_verdicts_pass_verbatim(recording: Recording) -> None:
    (event,) = read(JUDGED, recording.body)
    assert isinstance(event, Passed)
    assert event.data == recording.body.strip()
    assert [one.result for one in event.meanings if isinstance(one, Moderated)] == json.loads(recording.body)["results"]


@pytest.mark.parametrize("recording", cases(("cohere",), ("rerank",)))
def test_recorded_ranks_pass_verbatim(recording: Recording) -> None:
    (event,) = read(RERANK, recording.body)
    assert isinstance(event, Passed)
    assert event.data == recording.body.strip()
    results = json.loads(recording.body)["results"]
    assert [one for one in event.meanings if isinstance(one, Scored)] == [
        Scored(one["index"], one["relevance_score"]) for one in results
    ]
    assert usage(list(event.meanings)).searches == 1


# -- what is put right ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "pictures"),
    [
        ({"images": [{"url": "https://x/1.png"}], "seed": 1}, [PictureMade(0, url="https://x/1.png")]),
        ({"created": 1, "data": [{"image": "eA==", "finish_reason": "success"}]}, [PictureMade(0, data="eA==")]),
        (
            {"created": 1, "data": [{"error": {"message": "no"}}, {"url": "u", "revised_prompt": "r"}]},
            [PictureMade(0, url="u", revised_prompt="r")],
        ),
        ({"data": [{"url": "u", "mime_type": "image/jpeg"}]}, [PictureMade(0, url="u", media_type="image/jpeg")]),
    ],
)
def test_pictures_in_other_shapes(document: Any, pictures: list[PictureMade]) -> None:
    events = read(IMAGES, document)
    assert not any(isinstance(event, Passed) for event in events)
    assert [event for event in events if isinstance(event, PictureMade)] == pictures


def test_generated_images_are_counted_where_the_provider_counts_them() -> None:
    document = {"created": 1, "data": [{"url": "u"}], "usage": {"generated_images": 1, "output_tokens": 15900}}
    found = usage(said(IMAGES, document))
    assert (found.images, found.completion) == (1, 15900)


@pytest.mark.parametrize(
    ("item", "message", "code"),
    [
        (
            {"error": {"message": "too much skin", "code": "OutputImageSensitiveContentDetected"}},
            "too much skin",
            "OutputImageSensitiveContentDetected",
        ),
        ({"finish_reason": "content_filtered"}, "its filter refused", "content_filter"),
    ],
)
def test_a_reply_without_any_picture_is_a_filter(item: Any, message: str, code: str) -> None:
    found = fault(IMAGES, {"created": 1, "data": [item]})
    assert found.kind is FaultKind.CONTENT_FILTER
    assert message in found.message
    assert (found.code, found.status) == (code, 400)


def test_a_row_may_name_repairs() -> None:
    target = Target("https://x", "sk-fake", "m", quirks=Quirks(repairs=("value-completions",)))
    events = list(codec(IMAGES).read_reply(IMAGES, target, b'{"created":1,"data":[{"url":"u"}]}'))
    assert isinstance(events[0], Passed)


@pytest.mark.parametrize("request_", [IMAGES, SPEECH, RERANK, JUDGED, HEARD, HEARD_AS_TEXT])
def test_an_error_inside_a_good_status_is_found(request_: Request) -> None:
    assert fault(request_, {"error": {"message": "broken", "type": "server_error"}}).message == "broken"


@pytest.mark.parametrize(
    ("request_", "document"),
    [
        (IMAGES, []),
        (IMAGES, {"created": 1}),
        (SPEECH, {"audio": "x"}),
        (RERANK, {"id": "x"}),
        (RERANK, {"results": []}),
        (JUDGED, {"results": []}),
        (JUDGED, {"results": [1]}),
        (HEARD, {"texts": []}),
    ],
)
def test_garbage_is_an_error(request_: Request, document: Any) -> None:
    with pytest.raises((ValueError, KeyError)):
        read(request_, document)


def test_transcripts_in_every_format() -> None:
    verbose = {
        "text": "Hi",
        "language": "english",
        "duration": "2.5",
        "segments": [{"text": "Hi", "start": 0, "end": 2.5, "speaker": "A"}, {"id": 1}],
    }
    assert said(HEARD, verbose) == [Transcript("Hi", "english", 2.5, (Segment("Hi", 0.0, 2.5, "A"),))]
    assert said(HEARD, {"text": "Hi", "duration": "long"}) == [Transcript("Hi")]
    assert said(HEARD_AS_TEXT, b"Hi\n") == [Transcript("Hi\n")]
    for text, seconds in (
        ("1\n00:00:00,000 --> 01:02:05,500\nHi\n", 3725.5),
        ("WEBVTT\n\n00:01.000 --> 00:02.250\nHi\n", 2.25),
    ):
        assert said(HEARD_AS_TEXT, text.encode()) == [Transcript(text, seconds=seconds)]


def test_usage_of_sound_in_seconds_or_tokens() -> None:
    seconds = {"text": "Hi", "usage": {"type": "duration", "seconds": 3}}
    assert usage(said(HEARD, seconds)) == Usage(seconds=3.0)
    tokens = {
        "type": "tokens",
        "input_tokens": 37,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 37},
        "output_tokens": 9,
        "total_tokens": 46,
    }
    assert usage(said(HEARD, {"text": "Hi", "usage": tokens})) == Usage(
        prompt=37, completion=9, audio_prompt=37, total=46
    )


def test_verdicts_in_other_shapes() -> None:
    document = {"id": "x", "model": "m", "results": [{"categories": {"pii": True}}, {"categories": {"pii": False}}]}
    events = read(JUDGED, document)
    assert [event.result["flagged"] for event in events if isinstance(event, Moderated)] == [True, False]
    assert [event.result for event in read(JUDGED, {"results": [{}]}) if isinstance(event, Moderated)] == [
        {"flagged": False}
    ]


def test_ranks_in_other_shapes() -> None:
    document = {"data": [{"index": 1, "score": 0.5, "document": "b"}], "meta": {"tokens": {"input_tokens": 9}}}
    assert read(RERANK, document) == [
        Started(),
        Scored(1, 0.5, "b"),
        UsageReported(Usage(prompt=9, completion=0)),
    ]
    jina = {"results": [{"index": 0, "relevance_score": 1, "document": {"text": "a"}}], "usage": {"total_tokens": 7}}
    assert said(RERANK, jina)[1:] == [Scored(0, 1.0, "a"), UsageReported(Usage(prompt=7, completion=0))]
    assert said(RERANK, {"results": [{"index": 0, "relevance_score": 1}], "meta": None})[1:] == [Scored(0, 1.0)]


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_a_document_passes_but_for_its_model() -> None:
    out = codec(IMAGES).build(IMAGES, Target("https://x", "sk-fake", "other"))
    assert out.url == "https://x/v1/images/generations"
    assert json.loads(out.body) == {"model": "other", "prompt": "a cat"}
    assert dict(out.headers)["accept"] == "application/json"
    assert dict(codec(SPEECH).build(SPEECH, TARGET).headers)["accept"] == "*/*"


def test_quirks_about_conversations_leave_pictures_alone() -> None:
    quirks = Quirks(drop=("user", "seed"), rename=(("seed", "random_seed"),), stream_usage=True)
    request = media_request(Endpoint.IMAGES, model="m", prompt="x", user="u", seed=1, stream=True)
    assert codec(request).build(request, Target("https://x", "sk-fake", "m", quirks=quirks)).body == request.raw


def test_a_form_passes_but_for_its_model() -> None:
    same = codec(HEARD).build(HEARD, TARGET)
    assert same.body == HEARD.raw
    assert dict(same.headers)["content-type"] == HEARD.content_type
    other = codec(HEARD).build(HEARD, Target("https://x", "sk-fake", "other"))
    assert other.body == HEARD.raw.replace(b"asked-for", b"other")


def test_azure_has_the_deployment_in_the_path() -> None:
    target = Target("https://x.example", "fake", "whisper.1", config={"api_version": "2024-10-21"})
    assert azure.DIALECT.codecs[Endpoint.TRANSCRIPTIONS].build(HEARD, target).url == (
        "https://x.example/openai/deployments/whisper1/audio/transcriptions?api-version=2024-10-21"
    )
    assert azure.DIALECT.codecs[Endpoint.IMAGES].build(IMAGES, target).url == (
        "https://x.example/openai/deployments/whisper.1/images/generations?api-version=2024-10-21"
    )
    missing = (Endpoint.IMAGE_VARIATIONS, Endpoint.MODERATIONS, Endpoint.RERANK)
    assert not any(endpoint in azure.DIALECT.codecs for endpoint in missing)


# -- the official client ----------------------------------------------------------------------------------------------

_TYPES = """
import base64, json, sys
from openai.types import ImagesResponse, ModerationCreateResponse
from openai.types.audio import Transcription, TranscriptionDiarized, TranscriptionVerbose

TYPES = {"images": ImagesResponse, "moderations": ModerationCreateResponse, "json": Transcription,
         "verbose_json": TranscriptionVerbose, "diarized_json": TranscriptionDiarized}

def read(kind, body):
    try:
        TYPES[kind].model_validate_json(base64.b64decode(body))
    except Exception as problem:
        return str(problem)
    return ""

print(json.dumps([read(*item) for item in json.load(sys.stdin)]))
"""


def test_the_official_types_take_what_we_write() -> None:
    verdict = {"flagged": False, "categories": {}, "category_scores": {}, "category_applied_input_types": {}}
    names = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence", "harassment/threatening")
    names += ("hate/threatening", "illicit/violent", "self-harm/intent", "self-harm/instructions")
    names += ("sexual/minors", "violence/graphic")
    for name in names:
        verdict["categories"][name], verdict["category_scores"][name] = False, 0.1  # type: ignore[index]
        verdict["category_applied_input_types"][name] = ["text"]  # type: ignore[index]
    tokens = UsageReported(Usage(prompt=3, completion=4, image_prompt=1))
    verbose = form_request(Endpoint.TRANSCRIPTIONS, ("response_format", "verbose_json"))
    diarized = form_request(Endpoint.TRANSCRIPTIONS, ("response_format", "diarized_json"))
    timed = Transcript("Hi", "en", 2.0, (Segment("Hi", 0.0, 2.0, "A"),), (Segment("Hi", 0.0, 2.0),))
    written = [
        ("images", folded(IMAGES, [PictureMade(0, url="u"), PictureMade(1, data="eA=="), tokens], IDS)),
        ("moderations", folded(JUDGED, [Moderated(0, verdict)], IDS)),
        ("json", folded(HEARD, [Transcript("Hi", seconds=2.0)], IDS)),
        ("json", folded(HEARD, [Transcript("Hi"), tokens], IDS)),
        ("verbose_json", folded(verbose, [Transcript("Hi", "en", 2.0)], IDS)),
        ("verbose_json", folded(verbose, [timed], IDS)),
        ("diarized_json", folded(diarized, [timed, tokens], IDS)),
        ("diarized_json", folded(diarized, [replace(timed, seconds=None), tokens], IDS)),
    ]
    complaints = ask(_TYPES, [(kind, base64.b64encode(body).decode()) for kind, (body, _) in written])
    assert complaints == [""] * len(written)
