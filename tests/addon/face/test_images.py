"""Images that a model drew, streamed and whole."""

from __future__ import annotations

import json

from addon.canon.events import Ended, Finished, ImageMade, Started, TextDelta
from addon.face.encode import encoder, fold
from addon.face.images import image_document
from addon.face.stream_encoder import Ids
from tests.addon.dialects.native import chat
from tests.clients import Reply, parsed_by_openai

FIRST, SECOND = ImageMade(0, "data:image/png;base64,AAAA"), ImageMade(1, "data:image/png;base64,BBBB")
EVENTS = [Started(), TextDelta("Look."), FIRST, SECOND, Finished("stop"), Ended()]
ENTRIES = [image_document(FIRST), image_document(SECOND)]
IDS = Ids("chatcmpl-1", 1_700_000_000, "m")


def test_an_image_is_an_entry_with_its_number() -> None:
    url = {"url": "data:image/png;base64,BBBB"}
    assert image_document(SECOND) == {"type": "image_url", "index": 1, "image_url": url}


def test_a_whole_reply_holds_its_images() -> None:
    message = json.loads(fold(chat(), EVENTS, IDS))["choices"][0]["message"]
    assert (message["content"], message["images"]) == ("Look.", ENTRIES)


def test_a_stream_holds_them_and_the_official_client_gathers_them() -> None:
    writer = encoder(chat(stream=True), IDS)
    [parsed] = parsed_by_openai([Reply("chat-stream", b"".join([*writer.feed(EVENTS), *writer.end()]))])
    assert (parsed.error, parsed.invalid) == ("", [])
    assert parsed.final is not None
    assert parsed.final["choices"][0]["message"]["images"] == ENTRIES
