from __future__ import annotations

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Finished, Passed, TextDelta, Usage, UsageReported
from addon.canon.raw import RawRequest
from addon.face.chat_stream import ChatStreamEncoder
from addon.face.completion_stream import CompletionStreamEncoder
from addon.face.encode import encoder, whole_as_stream
from tests.addon.face.replies import IDS, chat, completion, documents, embedding


def test_encoder_goes_by_the_request() -> None:
    assert isinstance(encoder(chat(), IDS), ChatStreamEncoder)
    assert isinstance(encoder(completion(), IDS), CompletionStreamEncoder)
    with pytest.raises(TypeError, match="stream"):
        encoder(embedding(), IDS)
    with pytest.raises(TypeError, match="stream"):
        encoder(RawRequest(Endpoint.PROXY, "GET", "/x"), IDS)


def test_a_whole_reply_is_streamed_to_a_client_that_asked_for_a_stream() -> None:
    meanings = (TextDelta("hi"), Finished("stop"), UsageReported(Usage(prompt=1, completion=2)))
    chunks = whole_as_stream(chat(include_usage=True), [Passed(b'{"whole":true}', meanings)], IDS)
    role, text, finish, usage = documents(chunks)
    assert role["choices"][0]["delta"]["role"] == "assistant"
    assert text["choices"][0]["delta"] == {"content": "hi"}
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"]["total_tokens"] == 3
    assert chunks[-1] == b"data: [DONE]\n\n"
