"""Every recording beside the repository goes through the relay's translation, whatever its provider or name.

Nothing here is keyed on a recording: a file that is put into the folder is read by whoever its address or folder says,
and held to the oracle of that format. Tests of one dialect say more about its own recordings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from addon.attempts import Send
from addon.canon.endpoint import Endpoint
from addon.canon.fault import Fault, FaultKind
from addon.pipe import Pipe
from addon.raw_pipe import RawPipe
from addon.translation import Translated
from addon.wire import Decoder, decoder_for
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.test_openai import is_known
from tests.clients import Kind, Reply, parsed_by_openai
from tests.corpus.claims import ENDPOINTS, answered, claim, headers, in_scope, piped, sent
from tests.corpus.oracle import told_by
from tests.recordings import MISSING, Recording, everybodys
from tests.splits import frame_boundaries, offsets_for, run

ALL = [one for one in everybodys() if in_scope(one)]
HEARD = (Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS)
DRAWN = (Endpoint.IMAGES, Endpoint.IMAGE_EDITS)
TALKS = (Endpoint.CHAT, Endpoint.COMPLETIONS)
HELD = {*TALKS, *HEARD, *DRAWN, Endpoint.EMBEDDINGS, Endpoint.SPEECH, Endpoint.MODERATIONS, Endpoint.RERANK}
SMALL = 6_000
"""Bytes up to which a stream also goes byte by byte through the whole pipe."""
BUDGET = 8_000_000
"""Bytes to read for one recording, all its cuts together."""


def those(*endpoints: Endpoint, good: bool = True) -> list[Any]:
    found = [one for one in ALL if claim(one).endpoint in endpoints and (200 <= one.status < 300) is good]
    made = [pytest.param(one, id=one.id) for one in found]
    return made or [pytest.param(None, id="shared", marks=pytest.mark.skip(reason=MISSING))]


def expected(recording: Recording) -> oracle.Told:
    found = claim(recording)
    return told_by(found.type, recording.framing, recording.body, found.model, found.config)


@cache
def out_of(recording_id: str) -> tuple[bytes, Fault | None] | Send:
    """The client's bytes, and the fault that ended them; or what is asked next of a task that is not over."""
    recording = BY_ID[recording_id]
    pipe = piped(recording)
    if pipe is None:
        found = answered(recording)
        if isinstance(found, Send):
            return found
        return (b"", found) if isinstance(found, Fault) else (found.body, None)
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    return out, pipe.fault


BY_ID = {one.id: one for one in ALL}


def same(ours: oracle.Told, wanted: oracle.Told, thinks: bool) -> None:
    """Equal in what is said, called and counted; ids of calls only where the provider gave some. Completions have no
    place for thoughts."""
    assert ours.error == "" and ours.choices.keys() == wanted.choices.keys()
    for index, choice in wanted.choices.items():
        found = ours.choices[index]
        assert found.text == choice.text
        assert not thinks or found.reasoning == choice.reasoning
        assert found.finish == choice.finish
        assert [name_and_arguments(one) for one in found.calls] == [name_and_arguments(one) for one in choice.calls]
        assert all(one.id for one in found.calls)
        assert all(mine.id == theirs.id for mine, theirs in zip(found.calls, choice.calls, strict=True) if theirs.id)
    if len(wanted.usage) == 3:
        assert ours.usage == wanted.usage


def name_and_arguments(call: oracle.Call) -> tuple[str, Any]:
    """The arguments as they were meant; those that were cut off are compared as text."""
    try:
        return call.name, json.loads(call.arguments or "{}")
    except ValueError:
        return call.name, call.arguments


def assert_asks_further(recording: Recording, send: Send) -> None:
    """A task that is not over is asked after by the name that the recording gives it."""
    assert send.outbound.url.rpartition("/")[2] in set(texts_in(json.loads(recording.body)))


def outcome(recording: Recording) -> tuple[bytes, Fault | None]:
    """The client's bytes of a talk that is over, and the fault that ended them."""
    found = out_of(recording.id)
    assert not isinstance(found, Send)
    return found


def finished_by_itself(told: oracle.Told) -> None:
    """A whole reply has ended, whether it says why or not."""
    for choice in told.choices.values():
        choice.finish = choice.finish or ("tool_calls" if choice.calls else "stop")


def is_cut(told: oracle.Told) -> bool:
    return any(choice.finish is None for choice in told.choices.values())


def read(recording: Recording, body: bytes) -> oracle.Told:
    return oracle.our_stream(body) if recording.streamed else oracle.our_reply(body)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in ALL])
def test_every_recording_has_a_reader(recording: Recording) -> None:
    """A new file is read by whoever its address or folder names, and held to something below. A kind that nobody knows
    fails here: give it an endpoint, or say that One API has none (`OUT_OF_SCOPE`)."""
    found = claim(recording)
    assert sent(recording).candidate.codec.read_reply is not None
    assert recording.status >= 300 or found.endpoint in HELD


@pytest.mark.parametrize("recording", those(*TALKS))
def test_a_talk_comes_out_as_it_was_said(recording: Recording) -> None:
    found = out_of(recording.id)
    if isinstance(found, Send):
        assert_asks_further(recording, found)
        return
    wanted = expected(recording)
    if not recording.streamed:
        finished_by_itself(wanted)
    is_as_wanted(recording, wanted, *found)


def is_as_wanted(recording: Recording, wanted: oracle.Told, out: bytes, fault: Fault | None) -> None:
    """The client's bytes say what the oracle read; failures and cuts are told, and never end as if all were well."""
    if wanted.error:
        assert fault is not None and wanted.error.strip() in fault.message
    elif is_cut(wanted):
        assert fault is not None and fault.kind is FaultKind.CUT
        assert b'"finish_reason":"' not in out
    else:
        assert fault is None, fault
        same(read(recording, out), wanted, thinks=claim(recording).endpoint is Endpoint.CHAT)


STREAMS = [one for one in those(*TALKS) if one.values[0] is None or one.values[0].streamed]


@pytest.mark.parametrize("recording", STREAMS)
def test_a_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    """A pipe sees frames only: frames at every kind of cut, the client's bytes at some, and byte by byte."""
    data, wanted = recording.body, outcome(recording)[0]
    if piped(recording) is None:
        return
    offsets = offsets_for(data, seed=len(data), frame_boundaries=frame_boundaries(data))
    offsets = offsets[:: len(offsets) * len(data) // BUDGET + 1]
    kind = headers(recording)["content-type"]
    frames = run(lambda: decoder(kind), [data])
    for offset in offsets:
        assert run(lambda: decoder(kind), [data[:offset], data[offset:]]) == frames, offset
    for offset in offsets[:: len(offsets) // 8 + 1]:
        assert b"".join(run(lambda: pipe(recording), [data[:offset], data[offset:]])) == wanted, offset
    assert b"".join(run(lambda: pipe(recording), in_reads(recording))) == wanted
    if len(data) < SMALL:
        assert b"".join(run(lambda: pipe(recording), [data[at : at + 1] for at in range(len(data))])) == wanted


def decoder(content_type: str) -> Decoder:
    found = decoder_for(content_type)
    assert found is not None
    return found


def pipe(recording: Recording) -> Pipe | RawPipe:
    found = piped(recording)
    assert found is not None
    return found


def in_reads(recording: Recording) -> list[bytes]:
    """The body as the network brought it."""
    reads, at = [], 0
    for length in recording.chunk_lengths:
        reads.append(recording.body[at : at + length])
        at += length
    return [*reads, recording.body[at:]]


@pytest.mark.parametrize("recording", those(*ENDPOINTS.values(), good=False))
def test_an_error_keeps_what_it_says(recording: Recording) -> None:
    found = answered(recording)
    assert isinstance(found, Fault)
    assert 400 <= found.status < 600
    said = [text.strip() for text in texts_in(json.loads(recording.body))]
    assert any(found.message in text or text in found.message for text in said if len(text) > 8)


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a document, at any depth."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(inner)


@pytest.mark.parametrize("recording", those(Endpoint.EMBEDDINGS))
def test_vectors_come_out_as_they_were(recording: Recording) -> None:
    found = answered(recording)
    assert isinstance(found, Translated), found
    ours = [item["embedding"] for item in json.loads(found.body)["data"]]
    theirs = list(vectors_in(json.loads(recording.body)))
    assert ours and len(ours) == len(theirs)
    for mine, given in zip(ours, theirs, strict=True):
        assert mine == given or (isinstance(given, str) and len(mine) > 1)


def vectors_in(value: Any) -> Iterator[Any]:
    """Every list of numbers of a document, and every embedding in base64."""
    if isinstance(value, list) and value and all(isinstance(one, int | float) for one in value):
        yield value
        return
    if isinstance(value, dict) and isinstance(value.get("embedding"), str | list):
        yield from [value["embedding"]] if isinstance(value["embedding"], str) else vectors_in(value["embedding"])
        return
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from vectors_in(inner)


@pytest.mark.parametrize("recording", those(*DRAWN))
def test_pictures_come_out_as_they_were(recording: Recording) -> None:
    """A task that is not over asks for its end; every picture that is told is a text of the recording."""
    found = answered(recording)
    if isinstance(found, Send):
        assert_asks_further(recording, found)
        return
    said = set(texts_in(json.loads(recording.body)))
    if isinstance(found, Fault):
        assert found.message
        return
    pictures = [item.get("url") or item.get("b64_json") for item in json.loads(found.body)["data"]]
    assert pictures and set(pictures) <= said


@pytest.mark.parametrize("recording", those(Endpoint.SPEECH))
def test_speech_comes_out_as_it_was(recording: Recording) -> None:
    made = pipe(recording)
    assert b"".join([*made.feed(recording.body), *made.close()]) == recording.body
    assert made.fault is None and made.content_type == recording.headers["content-type"]


@pytest.mark.parametrize("recording", those(*HEARD))
def test_a_transcript_comes_out_as_it_was(recording: Recording) -> None:
    """A stream of one passes as it came, which is for the client that asked for it."""
    if recording.framing == "sse":
        made = pipe(recording)
        assert b"".join([*made.feed(recording.body), *made.close()]) == recording.body
        assert made.fault is None
        return
    found = answered(recording)
    assert isinstance(found, Translated), found
    assert json.loads(found.body)["text"] == json.loads(recording.body)["text"]


@pytest.mark.parametrize("recording", those(Endpoint.MODERATIONS))
def test_verdicts_come_out_as_they_were(recording: Recording) -> None:
    found = answered(recording)
    assert isinstance(found, Translated), found
    assert json.loads(found.body)["results"] == json.loads(recording.body)["results"]


@pytest.mark.parametrize("recording", those(Endpoint.RERANK))
def test_ranks_come_out_as_they_were(recording: Recording) -> None:
    found = answered(recording)
    assert isinstance(found, Translated), found
    document = json.loads(recording.body)
    theirs = document.get("results") or document.get("data") or document["output"]["results"]
    ours = json.loads(found.body)["results"]
    names = ("index", "relevance_score")
    assert ours and [[one[name] for name in names] for one in ours] == [[one[name] for name in names] for one in theirs]


def kind_of(recording: Recording) -> Kind:
    if claim(recording).endpoint is Endpoint.CHAT:
        return "chat-stream" if recording.streamed else "chat"
    return "completions-stream" if recording.streamed else "completions"


def test_the_official_client_reads_every_talk() -> None:
    talks = [one for one in ALL if claim(one).endpoint in TALKS and one.status == 200]
    over = [one for one in talks if not isinstance(out_of(one.id), Send)]
    good = [one for one in over if outcome(one)[1] is None]
    replies = [Reply(kind_of(one), outcome(one)[0]) for one in good]
    for recording, parsed in zip(good, parsed_by_openai(replies), strict=True):
        assert parsed.error == "", recording.id
        assert [problem for problem in parsed.invalid if not is_known(problem, recording.kind)] == [], recording.id
