from __future__ import annotations

import pytest

from addon.wire import aws_eventstream, decoder_for, decoder_of, ndjson, sse


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/event-stream", sse.Decoder),
        ("text/event-stream; charset=utf-8", sse.Decoder),
        ("Text/Event-Stream ;charset=utf-8", sse.Decoder),
        ("application/x-ndjson", ndjson.Decoder),
        ("application/jsonl", ndjson.Decoder),
        ("application/stream+json", ndjson.Decoder),
        ("application/vnd.amazon.eventstream", aws_eventstream.Decoder),
        ("application/json", type(None)),
        ("text/html", type(None)),
        ("", type(None)),
    ],
)
def test_decoder_for_goes_by_the_content_type(content_type: str, kind: type) -> None:
    assert type(decoder_for(content_type)) is kind


def test_decoder_for_gives_a_fresh_decoder_each_time() -> None:
    assert decoder_for("text/event-stream") is not decoder_for("text/event-stream")


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("", b"data: {}\n\n", sse.Decoder),
        ("application/json", b"\n\nevent: ping\ndata: {}\n\n", sse.Decoder),
        ("text/plain", b": keep-alive\n\ndata: {}\n\n", sse.Decoder),
        ("", b"\xef\xbb\xbfid:1\ndata:{}\n\n", sse.Decoder),
        ("application/x-ndjson", b"data: {}", ndjson.Decoder),
        ("text/plain", b'{"data": 1}', type(None)),
        ("text/html", b"<p>data: 1</p>", type(None)),
        ("", b"", type(None)),
    ],
)
def test_a_whole_body_is_known_by_its_looks_too(content_type: str, body: bytes, kind: type) -> None:
    assert type(decoder_of(content_type, body)) is kind
