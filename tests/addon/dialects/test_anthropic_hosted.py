"""Claude's body for other clouds; whether it is Anthropic's is asked of its SDK in the tests of Bedrock and Vertex."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.anthropic_hosted import hosted_document
from tests.addon.dialects.native import PIXEL, chat

TARGET = Target("", "x", "claude-sonnet-4-5", config={"api_version": "v1"})


def content(**part: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": "Look"}, part]}


def test_the_version_is_the_clouds_and_model_and_stream_stand_elsewhere() -> None:
    found = hosted_document(chat(stream=True, temperature=0.5, service_tier="auto"), TARGET, "cloud-1")
    assert found == {
        "anthropic_version": "cloud-1",
        "max_tokens": 4096,
        "temperature": 0.5,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    }


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file": {"file_id": "file_1"}},
    ],
)
def test_what_would_have_to_be_fetched_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(CannotCarry, match="data URL") as told:
        hosted_document(chat(content(**part)), TARGET, "cloud-1")
    assert told.value.param == "messages[0].content[1]"


def test_what_is_there_is_taken() -> None:
    picture = content(type="image_url", image_url={"url": f"data:image/png;base64,{PIXEL}"})
    pdf = content(type="file", file={"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"})
    [turn] = hosted_document(chat(picture, pdf), TARGET, "cloud-1")["messages"]
    assert [block["type"] for block in turn["content"]] == ["text", "image", "text", "document"]
