import gzip
import json

import pytest

from addon.attempts import Send
from addon.canon.fault import Fault, FaultKind
from addon.translation import Reply, Translated, Translation
from tests.addon.exchanges import JSON, SSE, reply, said, steps, streamed
from tests.builders import chat


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
