"""What of the request view is more than fields."""

from __future__ import annotations

from addon.canon.request import (
    CannotCarry,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Endpoint,
    Image,
    Message,
    Text,
)


def test_each_request_knows_its_endpoint() -> None:
    chat = ChatRequest(body={}, raw=b"", model="m", messages=())
    completion = CompletionRequest(body={}, raw=b"", model="m", prompts=("a",))
    embedding = EmbeddingRequest(body={}, raw=b"", model="m", inputs=("a",))
    assert chat.endpoint is Endpoint.CHAT
    assert completion.endpoint is Endpoint.COMPLETIONS
    assert embedding.endpoint is Endpoint.EMBEDDINGS


def test_the_text_of_a_message_is_that_of_its_text_parts() -> None:
    message = Message("user", (Text("a"), Image("https://example.test/a.png"), Text("b")), "messages[0]")
    assert message.text == "ab"


def test_what_cannot_be_carried_says_where_and_why() -> None:
    refused = CannotCarry("messages[0].content[1]", "Send text.")
    assert (refused.param, refused.message, str(refused)) == ("messages[0].content[1]", "Send text.", "Send text.")
