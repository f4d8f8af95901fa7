"""Messages and parts as Converse's turns and blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.bedrock_converse import chat_document
from addon.dialects.bedrock_converse_parts import CONTINUE, document_name, format_of
from tests.addon.dialects.native import PIXEL, USER, call, chat, result

TARGET = Target("", "x", "amazon.nova-lite-v1:0")


def turns(*messages: Mapping[str, Any]) -> Any:
    return chat_document(chat(*messages), TARGET)["messages"]


def part(**content: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": "Look"}, content]}


def file(media_type: str = "", filename: str = "", data: str = "eA==") -> dict[str, Any]:
    url = f"data:{media_type};base64,{data}" if media_type else data
    return part(type="file", file={"file_data": url, "filename": filename})


def test_turns_alternate_and_begin_with_the_users() -> None:
    assert turns(
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "  "}]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "c"},
    ) == [
        {"role": "user", "content": [{"text": CONTINUE}]},
        {"role": "assistant", "content": [{"text": "Hello."}]},
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}, {"text": "c"}]},
    ]


def test_calls_and_their_results_find_each_other() -> None:
    said = {
        "role": "assistant",
        "content": "Two.",
        "tool_calls": [call("call_1|x", "get.weather", '{"city":"Paris"}'), call("call_2", "time", "")],
    }
    found = turns(USER, said, {"role": "user", "content": "And?"}, result("call_2", ""), result("call_1|x", "18 C"))
    assert found[1]["content"] == [
        {"text": "Two."},
        {"toolUse": {"toolUseId": "call_1_x", "name": "get_weather", "input": {"city": "Paris"}}},
        {"toolUse": {"toolUseId": "call_2", "name": "time", "input": {}}},
    ]
    assert found[2]["content"] == [
        {"toolResult": {"toolUseId": "call_2", "content": [{"text": "(empty)"}]}},
        {"toolResult": {"toolUseId": "call_1_x", "content": [{"text": "18 C"}]}},
        {"text": "And?"},
    ]


def test_a_result_may_hold_a_picture() -> None:
    url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    found = turns(USER, {"role": "assistant", "tool_calls": [call("c", "f", "{}")]}, result("c", [url]))
    assert found[2]["content"] == [
        {"toolResult": {"toolUseId": "c", "content": [{"image": {"format": "png", "source": {"bytes": PIXEL}}}]}}
    ]


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(CannotCarry) as told:
        turns(USER, result("call_9", "18 C"))
    assert told.value.param == "messages[1].tool_call_id"


@pytest.mark.parametrize(
    ("media_type", "kind", "word"),
    [
        ("image/png", "image", "png"),
        ("image/jpg", "image", "jpeg"),
        ("image/webp", "image", "webp"),
        ("application/pdf", "document", "pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "docx"),
        ("text/markdown", "document", "md"),
        ("text/x-python", "document", "txt"),
        ("video/mp4", "video", "mp4"),
        ("audio/mpeg", "audio", "mp3"),
    ],
)
def test_a_file_becomes_the_block_of_its_kind(media_type: str, kind: str, word: str) -> None:
    [_, block] = turns(file(media_type, "report.x"))[0]["content"]
    wanted = {"format": word, "source": {"bytes": "eA=="}} | ({"name": "report"} if kind == "document" else {})
    assert block == {kind: wanted}


def test_the_name_tells_the_format_where_no_type_does() -> None:
    assert format_of("", "pdf") == ("document", "pdf")
    assert format_of("application/octet-stream", "png") == ("image", "png")
    assert format_of("", "exe") is None


@pytest.mark.parametrize("media_type", ["application/zip", "image/bmp"])
def test_a_type_that_bedrock_does_not_take_is_refused(media_type: str) -> None:
    with pytest.raises(CannotCarry, match=media_type) as told:
        turns(file(media_type, "a.zip"))
    assert told.value.param == "messages[0].content[1]"


def test_an_address_is_refused() -> None:
    for content in (
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ):
        with pytest.raises(CannotCarry, match="data URL"):
            turns(part(**content))


def test_a_picture_and_a_recording_keep_their_bytes() -> None:
    [_, image] = turns(part(type="image_url", image_url={"url": f"data:image/gif;base64,{PIXEL}"}))[0]["content"]
    assert image == {"image": {"format": "gif", "source": {"bytes": PIXEL}}}
    [_, audio] = turns(part(type="input_audio", input_audio={"data": "eA==", "format": "wav"}))[0]["content"]
    assert audio == {"audio": {"format": "wav", "source": {"bytes": "eA=="}}}


def test_documents_have_names_that_bedrock_takes_and_none_twice() -> None:
    taken: set[str] = set()
    given = ["Übersicht_2026 (final)", "a.b", "a b", "a/b", "", "x" * 300]
    found = [document_name(name, taken) for name in given]
    assert found == ["bersicht 2026 (final)", "a b", "a b 2", "a b 3", "document", "x" * 190]


def test_a_document_is_never_alone() -> None:
    alone = {
        "role": "user",
        "content": [{"type": "file", "file": {"file_data": "data:text/csv;base64,eA==", "filename": "a.csv"}}],
    }
    assert [next(iter(block)) for block in turns(alone)[0]["content"]] == ["document", "text"]


def test_an_assistant_may_only_have_said_text() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    with pytest.raises(CannotCarry) as told:
        turns(USER, {"role": "assistant", "content": [{"type": "text", "text": "a"}, picture]}, USER)
    assert told.value.param == "messages[1].content[1]"


def test_signed_thoughts_go_back_as_they_came() -> None:
    details = [
        {"type": "bedrock.reasoning", "index": 0, "text": "Hm.", "signature": "sig"},
        {"type": "bedrock.redacted", "index": 1, "data": "cmVk"},
        {"type": "bedrock.reasoning", "text": "unsigned"},
        {"type": "anthropic.thinking", "thinking": "Hm.", "signature": "foreign"},
    ]
    found = turns(USER, {"role": "assistant", "content": "Yes.", "reasoning_details": details}, USER)
    assert found[1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
        {"text": "Yes."},
    ]


def test_a_refusal_of_earlier_is_text() -> None:
    said = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    assert turns(USER, said, USER)[1]["content"] == [{"text": "No."}]


def test_the_document_is_json() -> None:
    assert json.dumps(turns(USER))
