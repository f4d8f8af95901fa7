from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import (
    Event,
    Moderated,
    Passed,
    PictureMade,
    Scored,
    Segment,
    Sound,
    Started,
    TextDelta,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.request import Request
from addon.face.fold import folded
from addon.face.media import UNKNOWN
from tests.addon.face.replies import IDS
from tests.forms import form_request, media_request

SAID = Transcript(
    "Hello. World.", "english", 3725.5, (Segment(" Hello.", 0.0, 1.25, "A"), Segment("World.", 1.25, 3725.5))
)


def told(request: Request, *events: Event) -> Any:
    body, content_type = folded(request, events, IDS)
    assert content_type == "application/json"
    return json.loads(body)


def drawing(**body: Any) -> Request:
    return media_request(Endpoint.IMAGES, prompt="a cat", **body)  # type: ignore[no-any-return]


def heard(wanted: str, endpoint: Endpoint = Endpoint.TRANSCRIPTIONS, *more: tuple[str, str]) -> Request:
    return form_request(endpoint, ("response_format", wanted), *more)


def test_pictures_of_a_reply() -> None:
    made = (PictureMade(0, url="https://x/1.png", revised_prompt="a nice cat"), PictureMade(1, data="aGk="))
    assert told(drawing(), Started(created=5), *made) == {
        "created": 5,
        "data": [{"url": "https://x/1.png", "revised_prompt": "a nice cat"}, {"b64_json": "aGk="}],
    }


def test_pictures_tell_the_tokens_that_were_reported() -> None:
    usage = Usage(prompt=20, completion=272, image_prompt=6, audio_prompt=4)
    document = told(form_request(Endpoint.IMAGE_EDITS, ("prompt", "x")), PictureMade(0, data="x"), UsageReported(usage))
    assert document["usage"] == {
        "input_tokens": 20,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 6, "audio_tokens": 4},
        "output_tokens": 272,
        "total_tokens": 292,
    }
    assert told(drawing(), UsageReported(Usage(completion=3, total=9)))["usage"]["total_tokens"] == 9


def test_a_reply_that_follows_the_dialect_passes() -> None:
    assert folded(drawing(), [Passed(b'{"verbatim":1}', (PictureMade(0, url="x"),))], IDS)[0] == b'{"verbatim":1}'


def test_sound_is_joined_and_keeps_its_type() -> None:
    speech = media_request(Endpoint.SPEECH, model="m", input="hi", response_format="wav")
    assert folded(speech, [Sound(b"a"), Sound(b"b")], IDS) == (b"ab", "audio/wav")
    assert folded(speech, [Sound(b"a", "audio/L16"), Sound(b"b")], IDS) == (b"ab", "audio/L16")
    odd = media_request(Endpoint.SPEECH, model="m", input="hi", response_format="odd")
    assert folded(odd, [Sound(b"a")], IDS)[1] == "audio/mpeg"


def test_a_transcript_as_json_has_its_usage_if_there_is_one() -> None:
    seconds, tokens = UsageReported(Usage(seconds=3)), UsageReported(Usage(prompt=5, completion=2, audio_prompt=5))
    assert told(heard("json"), TextDelta("Hel"), TextDelta("lo")) == {"text": "Hello"}
    assert told(heard(""), SAID)["usage"] == {"type": "duration", "seconds": 3725.5}
    assert told(heard("json"), Transcript("x"), seconds)["usage"] == {"type": "duration", "seconds": 3}
    assert told(heard("json"), Transcript("x"), tokens)["usage"] == {
        "type": "tokens",
        "input_tokens": 5,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 5},
        "output_tokens": 2,
        "total_tokens": 7,
    }
    counted = UsageReported(Usage(completion=3, total=9))
    assert told(heard("json"), Transcript("x"), counted)["usage"]["total_tokens"] == 9


@pytest.mark.parametrize(
    ("wanted", "content_type", "text"),
    [
        ("text", "text/plain; charset=utf-8", "Hello. World.\n"),
        (
            "srt",
            "text/plain; charset=utf-8",
            "1\n00:00:00,000 --> 00:00:01,250\nHello.\n\n2\n00:00:01,250 --> 01:02:05,500\nWorld.\n\n",
        ),
        (
            "vtt",
            "text/vtt; charset=utf-8",
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHello.\n\n00:00:01.250 --> 01:02:05.500\nWorld.\n\n",
        ),
    ],
)
def test_a_transcript_as_text(wanted: str, content_type: str, text: str) -> None:
    assert folded(heard(wanted), [SAID], IDS) == (text.encode(), content_type)


def test_subtitles_without_segments_have_one_entry() -> None:
    assert b"00:00:00,000 --> 00:00:02,000\nHi\n" in folded(heard("srt"), [Transcript("Hi", seconds=2)], IDS)[0]
    assert b"00:00:00.000 --> 00:00:00.000\nHi\n" in folded(heard("vtt"), [Transcript("Hi")], IDS)[0]


def test_a_verbose_transcript() -> None:
    document = told(heard("verbose_json"), SAID)
    assert (document["task"], document["language"], document["duration"]) == ("transcribe", "english", 3725.5)
    assert document["segments"][0] == {"id": 0, "start": 0.0, "end": 1.25, "text": " Hello.", "speaker": "A", **UNKNOWN}
    assert "speaker" not in document["segments"][1]
    assert "words" not in document and document["usage"] == {"type": "duration", "seconds": 3725.5}
    words = Transcript("Hi you", words=(Segment("Hi", 0, 1), Segment("you", 1, 2)), segments=(Segment("Hi you", 0, 2),))
    counted = told(heard("verbose_json"), words, UsageReported(Usage(seconds=3)))
    assert counted["words"] == [{"word": "Hi", "start": 0, "end": 1}, {"word": "you", "start": 1, "end": 2}]
    assert counted["duration"] == 3 and told(heard("verbose_json"), words)["duration"] == 2


def test_a_transcript_that_tells_who_spoke() -> None:
    document = told(heard("diarized_json"), SAID, UsageReported(Usage(prompt=5, completion=2)))
    first = {"id": "seg_0", "type": "transcript.text.segment", "start": 0.0, "end": 1.25, "text": " Hello."}
    assert document["segments"][0] == {**first, "speaker": "A"}
    assert document["segments"][1]["speaker"] == ""
    plain = told(heard("diarized_json", Endpoint.TRANSLATIONS, ("language", "de")), Transcript("Hi"))
    assert plain == {"task": "transcribe", "duration": 0.0, "text": "Hi", "segments": []}
    translated = told(heard("verbose_json", Endpoint.TRANSLATIONS, ("language", "de")), Transcript("Hi"))
    assert (translated["task"], translated["language"]) == ("translate", "de")


def test_verdicts_stand_in_the_order_of_the_inputs() -> None:
    request = media_request(Endpoint.MODERATIONS, input=["a", "b"])
    document = told(request, Moderated(1, {"flagged": True}), Moderated(0, {"flagged": False}))
    assert document == {"id": "modr-1", "model": "m", "results": [{"flagged": False}, {"flagged": True}]}


def test_ranks_tell_documents_and_searches_where_they_are_asked_for() -> None:
    plain = media_request(Endpoint.RERANK, model="m", query="q", documents=["a", "b"])
    scores = (Scored(1, 0.9), Scored(0, 0.1))
    assert told(plain, *scores, UsageReported(Usage(prompt=4))) == {
        "id": "rerank-1",
        "model": "m",
        "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
        "usage": {"total_tokens": 4},
    }
    asked = media_request(Endpoint.RERANK, model="m", query="q", documents=["a"], return_documents=True)
    document = told(asked, Scored(0, 1.0), Scored(7, 0.5), Scored(8, 0.1, "own"), UsageReported(Usage(searches=1)))
    assert [result["document"]["text"] for result in document["results"]] == ["a", "", "own"]
    assert document["meta"] == {"billed_units": {"search_units": 1}}
