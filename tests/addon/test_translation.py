import gzip
import json

import pytest

from addon.attempts import Send
from addon.canon.fault import Fault, FaultKind
from addon.canon.raw import Head, RawRequest
from addon.canon.request import Endpoint
from addon.plan import Candidate, candidate
from addon.raw_pipe import RawPipe
from addon.translation import Reply, Translated, Translation
from tests.addon.exchanges import JSON, MEANS, SSE, TERMS, reply, said, steps, streamed
from tests.builders import caller, channel, chat, snapshot
from tests.forms import form_request, media_request


def translation(stream: bool = False) -> Translation:
    send = next(
        steps(chat(model="claude-x", stream=stream, stream_options={"include_usage": True} if stream else None))
    )
    assert isinstance(send, Send)
    return send.translation


def served(found: Translated | Fault) -> Translated:
    assert isinstance(found, Translated), found
    return found


def fault(found: Translated | Fault) -> Fault:
    assert isinstance(found, Fault)
    return found


def test_pipe_only_for_a_stream_that_was_asked_for() -> None:
    assert translation(stream=True).pipe(200, SSE) is not None
    assert translation(stream=True).pipe(200, JSON) is None
    assert translation(stream=True).pipe(429, SSE) is None
    assert translation(stream=False).pipe(200, SSE) is None


def test_pipe_of_a_compressed_stream() -> None:
    one = translation(stream=True)
    pipe = one.pipe(200, {**SSE, "content-encoding": "gzip"})
    assert pipe is not None
    out = pipe.feed(gzip.compress(b"".join(streamed()))) + pipe.close()
    assert b"".join(out).endswith(b"data: [DONE]\n\n")
    assert one.meter.usage(0)[0].completion == 2


def test_a_stream_in_an_unknown_encoding_is_read_whole_and_refused() -> None:
    headers = {**SSE, "content-encoding": "rot13"}
    assert translation(stream=True).pipe(200, headers) is None
    found = fault(translation(stream=True).whole(Reply(200, headers, b"x")))
    assert found.kind is FaultKind.GARBAGE
    assert "rot13" in found.message


def test_whole_reply_to_a_plain_request() -> None:
    one = translation()
    found = served(one.whole(reply(document=said())))
    assert found.content_type == "application/json"
    document = json.loads(found.body)
    assert document["id"] == "msg_1"
    assert document["usage"]["total_tokens"] == 7
    assert one.last_fault is None


@pytest.mark.parametrize("headers", [{}, JSON, {"content-type": "text/plain"}], ids=["none", "json", "text"])
@pytest.mark.parametrize("stream", [False, True])
def test_events_under_another_content_type_are_read_as_events(headers: dict[str, str], stream: bool) -> None:
    one = translation(stream)
    assert one.pipe(200, headers) is None
    found = served(one.whole(Reply(200, headers, b"".join(streamed()))))
    assert found.content_type == ("text/event-stream" if stream else "application/json")
    assert one.meter.usage(0)[0].completion == 2


def test_whole_reply_to_a_stream_request_is_streamed() -> None:
    found = served(translation(stream=True).whole(reply(document=said())))
    assert found.content_type == "text/event-stream"
    assert found.body.count(b"[DONE]") == 1
    assert b'"content":"hello"' in found.body


def test_streamed_reply_to_a_plain_request_is_folded() -> None:
    found = served(translation().whole(Reply(200, SSE, b"".join(streamed("folded")))))
    assert json.loads(found.body)["choices"][0]["message"]["content"] == "folded"


def test_streamed_reply_that_was_cut_is_not_folded() -> None:
    found = fault(translation().whole(Reply(200, SSE, b"".join(streamed(end=False)))))
    assert found.kind is FaultKind.CUT


def test_usage_that_the_provider_left_out_is_counted() -> None:
    found = served(translation().whole(reply(document=said("one two three", usage={}))))
    usage = json.loads(found.body)["usage"]
    assert usage["prompt_tokens"] == 9
    assert usage["completion_tokens"] == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" <html>blocked</html>", "HTML page"),
        (b"", "not in its format"),
        (b'{"content": [{"ty', "not in its format"),
        (b"[1, 2]", "not in its format"),
        (b'{"content": 7}', "not in its format"),
    ],
)
def test_garbage_in_a_good_status(body: bytes, words: str) -> None:
    one = translation()
    found = fault(one.whole(Reply(200, JSON, body)))
    assert (found.kind, found.status) == (FaultKind.GARBAGE, 502)
    assert words in found.message
    assert one.last_fault is found


def test_an_error_status_is_the_dialects_to_read() -> None:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert fault(translation().whole(reply(529, body))).kind is FaultKind.OVERLOADED


def test_an_error_inside_a_good_status() -> None:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert fault(translation().whole(reply(200, body))).message == "Overloaded"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_points_at_the_base_url(status: int) -> None:
    found = fault(translation().whole(reply(status)))
    assert (found.kind, found.status) == (FaultKind.GARBAGE, 502)
    assert "base URL" in found.message


def media(endpoint: Endpoint, **body: object) -> Translation:
    request = media_request(endpoint, model="m", **body)
    one = channel(type=8, models=("m",), base_url="http://127.0.0.1:9")
    found = candidate(snapshot(channels=[one]), caller(), one, endpoint, "m", MEANS, TERMS.now)
    assert found is not None
    return Translation(request, found, "r1", TERMS.now, 9)


SOUND = {"content-type": "audio/wav"}


def test_sound_goes_to_the_client_as_it_comes() -> None:
    pipe = media(Endpoint.SPEECH, input="hi").pipe(200, SOUND)
    assert isinstance(pipe, RawPipe)
    assert pipe.content_type == "audio/wav"
    assert pipe.feed(b"RIFF") + pipe.close() == [b"RIFF"]


def test_what_is_no_sound_is_read_whole() -> None:
    speaking = media(Endpoint.SPEECH, input="hi")
    assert speaking.pipe(200, JSON) is None
    assert speaking.pipe(500, SOUND) is None
    page = {"content-type": "text/html; charset=utf-8"}
    assert speaking.pipe(200, page) is None
    assert "HTML page" in fault(speaking.whole(Reply(200, page, b"<html>"))).message
    error = b'{"error":{"message":"broken"}}'
    assert fault(speaking.whole(Reply(200, JSON, error))).message == "broken"
    assert media(Endpoint.SPEECH, input="hi").pipe(200, {**SOUND, "content-encoding": "rot13"}) is None


def test_events_of_other_names_pass_if_they_were_asked_for() -> None:
    asked = media(Endpoint.SPEECH, input="hi", stream_format="sse").pipe(200, SSE)
    assert isinstance(asked, RawPipe)
    assert media(Endpoint.SPEECH, input="hi").pipe(200, SSE) is None
    assert media(Endpoint.MODERATIONS, input="hi").pipe(200, SSE) is None


def test_a_whole_transcript_keeps_its_bytes_and_type() -> None:
    one = media(Endpoint.SPEECH, input="hi")
    heard = Translation(form_request(Endpoint.TRANSCRIPTIONS, ("model", "m")), heard_by(), "r1", 1, 9)
    headers = {"content-type": "application/json; charset=utf-8"}
    found = served(heard.whole(Reply(200, headers, b'{ "text": "hi" }')))
    assert (found.body, found.content_type) == (b'{ "text": "hi" }', headers["content-type"])
    assert heard.meter.usage(9)[0].completion == 1
    assert served(one.whole(Reply(200, {}, b"RIFF"))).content_type == "application/octet-stream"


def test_a_whole_transcript_is_streamed_to_a_client_that_asked_for_it() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("model", "m"), ("stream", "true"))
    found = served(Translation(request, heard_by(), "r1", 1, 9).whole(Reply(200, JSON, b'{"text":"hi"}')))
    assert found.content_type == "text/event-stream"
    assert b"transcript.text.done" in found.body


def test_sound_is_told_in_events_to_a_client_that_asked_for_them() -> None:
    one = media(Endpoint.SPEECH, input="hi", stream_format="sse")
    assert one.pipe(200, SOUND) is None
    found = served(one.whole(Reply(200, SOUND, b"RIFF")))
    assert found.content_type == "text/event-stream"
    assert b'"audio":"UklGRg=="' in found.body and b"speech.audio.done" in found.body


def test_a_transcript_in_another_form_than_was_asked_for_is_written_anew() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("model", "m"), ("response_format", "text"))
    found = served(Translation(request, heard_by(44), "r1", 1, 9).whole(Reply(200, JSON, b'{"text":"hi"}')))
    assert (found.body, found.content_type) == (b"hi\n", "text/plain; charset=utf-8")


def heard_by(kind: int = 8) -> Candidate:
    one = channel(type=kind, models=("m",))
    found = candidate(snapshot(channels=[one]), caller(), one, Endpoint.TRANSCRIPTIONS, "m", MEANS, TERMS.now)
    assert found is not None
    return found


def test_pictures_have_no_usage_that_nobody_told() -> None:
    found = served(media(Endpoint.IMAGES, prompt="x").whole(Reply(200, JSON, b'{"data":[{"url":"u"}]}')))
    assert json.loads(found.body) == {"created": TERMS.now, "data": [{"url": "u"}]}


def test_a_reply_that_passes_as_it_is_keeps_its_status_and_packing() -> None:
    one = channel(type=43, models=())
    found = candidate(snapshot(channels=[one]), caller(), one, Endpoint.PROXY, "", MEANS, TERMS.now)
    assert found is not None
    made = Translation(RawRequest(Endpoint.PROXY, "GET", "/x"), found, "r1", TERMS.now, 0)
    pipe = made.pipe(503, {**JSON, "content-encoding": "odd"})
    assert isinstance(pipe, RawPipe)
    assert pipe.head == Head(503, (("content-type", "application/json"), ("content-encoding", "odd")))
    assert pipe.feed(b"{") + pipe.feed(b"\xff") + pipe.close() == [b"{", b"\xff"]
