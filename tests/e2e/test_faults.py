"""What a provider can get wrong, and what becomes of it: the client gets one OpenAI-shaped error on a connection that
stays usable, pays nothing unless something was shown, no hold is left, and one log row says what happened."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.fake_provider.answer import Answer
from tests.e2e.line import Reply, chat
from tests.e2e.rig import Rig

DIALECTS = {"compatible": "", "translated": "claude-"}
HTML = "answered with an HTML page; check the channel's base URL"
CLOSED = "could not be reached: the connection was closed"
REFUSED = "could not be reached: connection refused"
CUT = "ended the reply before it was complete"
FORMAT = "is not in its format"
INSIDE = "fake: something broke inside"

# behaviour: what the message says of a plain reply, and of a stream, when nothing had been shown
BEFORE: dict[str, tuple[str, str]] = {
    "fake-400": ("fake: you asked for a 400", "fake: you asked for a 400"),
    "fake-429": ("fake: you asked for a 429", "fake: you asked for a 429"),
    "fake-500": ("fake: you asked for a 500", "fake: you asked for a 500"),
    "fake-html": (HTML, HTML),
    "fake-cut-json": (FORMAT, f"{FORMAT}|{CUT}"),  # events under the name of a document: cut within one, or between two
    "fake-empty": (FORMAT, CUT),
    "fake-error-first": (INSIDE, INSIDE),
    "fake-reset": (CLOSED, CLOSED),
    "fake-close": (CLOSED, CLOSED),
    "fake-refused": (REFUSED, REFUSED),
    "fake-early-hints": ("a bare 103 head", "a bare 103 head"),
}
STATUSES = {"fake-400": 400, "fake-429": 429, "fake-500": 500}
BOTH = pytest.mark.parametrize("prefix", DIALECTS.values(), ids=DIALECTS)
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])


def is_error(error: Any, request_id: str) -> None:
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"]
    assert error["message"].endswith(f"(request id: {request_id})")


def settles_for(rig: Rig, before: tuple[int, int], quota: int) -> None:
    """User and token have paid exactly this, and nothing is held."""
    assert rig.calm() == (before[0] - quota, before[1] - quota)


def says(words: str, text: str) -> bool:
    """Does it hold one of these? They stand between bars."""
    return any(one in text for one in words.split("|"))


@STREAM
@BOTH
@pytest.mark.parametrize("behaviour", BEFORE)
def test_a_fault_before_the_first_byte_is_an_error_that_costs_nothing(
    rig: Rig, behaviour: str, prefix: str, stream: bool
) -> None:
    model, words = prefix + behaviour, BEFORE[behaviour][stream]
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat(model, stream))
        is_error(reply.json["error"], reply.id)
        assert says(words, reply.json["error"]["message"])
        assert reply.headers["content-type"] == "application/json"
        assert_status(reply, behaviour, stream, bool(prefix))
        settles_for(rig, before, 0)
        assert line.ask(chat("gpt-4o")).text.startswith("You said: hello")
    row = rig.books.row(reply.id)
    assert (row["status"], row["quota"], row["model_name"]) == (reply.status, 0, model)
    assert row["stream_end"] == ("error" if stream else "")
    assert says(words, row["content"])
    assert [says(words, attempt["reason"]) for attempt in row["detail"]["attempts"]] == [True]


def assert_status(reply: Reply, behaviour: str, stream: bool, translated: bool) -> None:
    if behaviour == "fake-error-first":
        # A 200 with an error inside: what it is called there, where it is called anything.
        assert reply.status in (500, 502, 503)
    else:
        assert reply.status == STATUSES.get(behaviour, 502)


@BOTH
def test_a_refusal_that_names_a_time_passes_it_on(rig: Rig, prefix: str) -> None:
    with rig.line() as line:
        assert line.ask(chat(f"{prefix}fake-429")).headers["retry-after"] == "1"


# behaviour: how the log row says a stream ended that had shown something
AFTER = {"fake-cut": ("truncated", CUT), "fake-error-in-stream": ("error", INSIDE)}


@BOTH
@pytest.mark.parametrize("behaviour", AFTER)
def test_a_fault_in_the_middle_of_a_stream_is_its_last_frame(rig: Rig, behaviour: str, prefix: str) -> None:
    end, words = AFTER[behaviour]
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat(prefix + behaviour, stream=True))
        assert reply.status == 200
        *shown, last = reply.frames
        assert "You said" in reply.text
        assert all("error" not in frame for frame in shown)
        is_error(last["error"], reply.id)
        assert words in last["error"]["message"]
        row = rig.books.row(reply.id)
        settles_for(rig, before, row["quota"])
        assert line.ask(chat("gpt-4o")).status == 200
    assert row["quota"] > 0
    assert 0 < row["completion_tokens"] < 12
    assert (row["status"], row["stream_end"], row["estimated"]) == (200, end, 1)
    assert words in row["detail"]["error"]


@BOTH
@pytest.mark.parametrize("behaviour", ["fake-cut", "fake-error-in-stream"])
def test_a_whole_reply_that_is_cut_or_an_error_costs_nothing(rig: Rig, behaviour: str, prefix: str) -> None:
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat(prefix + behaviour))
        assert reply.status in (500, 502)
        is_error(reply.json["error"], reply.id)
        settles_for(rig, before, 0)
        assert line.ask(chat("gpt-4o")).status == 200
    assert rig.books.row(reply.id)["status"] == reply.status


# What looks strange and is all right; the tokens are those that the provider counts.
STRANGE = ("fake-gzip", "fake-trailers", "fake-split", "fake-huge-line")


@STREAM
@BOTH
@pytest.mark.parametrize("behaviour", STRANGE)
def test_a_strange_but_sound_reply_comes_through(rig: Rig, behaviour: str, prefix: str, stream: bool) -> None:
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat(prefix + behaviour, stream))
        assert reply.status == 200
        expected = "x" * 2_000_000 if behaviour == "fake-huge-line" else None
        assert reply.text == expected or (expected is None and reply.text.startswith("You said: hello - this is"))
        assert not stream or reply.frames[-1] == "[DONE]"
        row = rig.books.row(reply.id)
        settles_for(rig, before, row["quota"])
        assert line.ask(chat("gpt-4o")).status == 200
    assert (row["status"], row["stream_end"]) == (200, "done" if stream else "")
    assert row["completion_tokens"] == (1 if expected else 11)
    assert not row["estimated"]


@BOTH
def test_a_stream_without_its_last_words_does_not_pass_for_a_whole_one(rig: Rig, prefix: str) -> None:
    """An OpenAI stream that has given its finish reason is whole; Anthropic's gives it in what is missing."""
    with rig.line() as line:
        reply = line.ask(chat(f"{prefix}fake-no-end", stream=True))
        assert (reply.frames[-1] == "[DONE]") is (prefix == "")
        assert line.ask(chat("gpt-4o")).status == 200
    assert rig.books.row(reply.id)["stream_end"] == ("truncated" if prefix else "done")


@STREAM
def test_a_reply_larger_than_64_megabytes_is_a_fault(rig: Rig, stream: bool) -> None:
    rig.provider.reply(Answer(200, (("content-type", "application/json"),), (b" " * (65 * 1024 * 1024),)))
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat("gpt-4o", stream))
        assert reply.status == 502
        assert "larger than 64 MB" in reply.json["error"]["message"]
        settles_for(rig, before, 0)
        assert line.ask(chat("gpt-4o")).status == 200


@STREAM
@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, (("content-type", "text/event-stream"), ("content-encoding", "snappy")), (b"data: {}\n\n",)),
        Answer(200, (("content-type", "application/json"), ("content-encoding", "gzip")), (b"no gzip",)),
        Answer(204, (), (b"",)),
        Answer(302, (("location", "https://login.example/"),), (b"",)),
        Answer(200, (("content-type", "application/json"),), (b"[]",)),
        Answer(200, (("content-type", "application/json"),), (b'{"choices": "no"}',)),
        Answer(200, (("content-type", "text/event-stream"),), (b'data: {"choices": 5}\n\n',)),
        Answer(200, (("content-type", "text/event-stream"),), (b"data: \xff\xfe\n\n",)),
        Answer(200, (("x y", "a header with a space in its name"),), (b"{}",)),
    ],
    ids=["unknown coding", "false gzip", "204", "302", "an array", "a string", "odd chunk", "not UTF-8", "bad header"],
)
def test_an_answer_that_is_none_is_a_fault(rig: Rig, answer: Answer, stream: bool) -> None:
    rig.provider.reply(answer)
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat("gpt-4o", stream))
        assert reply.status == 502
        is_error(reply.json["error"], reply.id)
        settles_for(rig, before, 0)
        assert line.ask(chat("gpt-4o")).status == 200
    assert rig.books.row(reply.id)["status"] == 502
