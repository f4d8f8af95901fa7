from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Finished,
    Passed,
    PictureMade,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.raw import RawRequest
from addon.canon.request import Endpoint, RealtimeRequest, Request
from addon.face.decode import decode
from addon.meter import Meter, estimate_prompt, image_tokens, prepare_ranks
from addon.tokens import count
from tests.forms import form_request, media_request


@pytest.fixture(scope="module", autouse=True)
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATA_GYM_CACHE_DIR", raising=False)
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        prepare_ranks(tmp_path_factory.mktemp("data"))
        yield


def chat(*messages: dict[str, Any], model: str = "gpt-4", approximate: bool = False, **fields: Any) -> int:
    body = {"model": model, "messages": list(messages), **fields}
    return estimate_prompt(decode(Endpoint.CHAT, "", json.dumps(body).encode()), approximate=approximate)


def tokens(text: str, model: str = "gpt-4") -> int:
    return count(text, model).tokens


HI = {"role": "user", "content": "hello world"}


def test_a_message_costs_three_and_its_role_and_content() -> None:
    assert chat(HI) == 3 + 3 + 1 + 2
    assert chat(HI, HI) == 3 + 2 * (3 + 1 + 2)


def test_a_name_costs_one_and_its_tokens() -> None:
    assert chat({**HI, "name": "ann"}) == chat(HI) + 1 + tokens("ann")


def test_the_first_chat_model_counts_differently() -> None:
    old = "gpt-3.5-turbo-0301"
    assert chat(HI, model=old) == 3 + 4 + 1 + 2
    assert chat({**HI, "name": "ann"}, model=old) == chat(HI, model=old) - 1 + tokens("ann")


def test_what_the_model_reads_besides_is_counted() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    schema = {"type": "object", "properties": {"x": {"type": "number"}}}
    assert chat(HI, tools=[tool]) == chat(HI) + tokens(json.dumps([tool], separators=(",", ":")))
    assert chat(HI, functions=[{"name": "f"}]) == chat(HI) + tokens('[{"name":"f"}]')
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    assert chat(HI, response_format=wanted) == chat(HI) + tokens(json.dumps(schema, separators=(",", ":")))
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"x":1}'}}
    said = {"role": "assistant", "reasoning_content": "let me see", "tool_calls": [call]}
    assert chat(said) == 3 + 3 + 1 + tokens("let me see") + tokens("look") + tokens('{"x":1}')


def test_parts_are_counted_by_kind() -> None:
    def parts(*content: dict[str, Any]) -> int:
        return chat({"role": "user", "content": list(content)}) - 7

    assert parts({"type": "text", "text": "hello"}, {"type": "text", "text": " world"}) == 2
    assert parts({"type": "refusal", "refusal": "hello world"}) == 2
    audio = {"data": base64.b64encode(bytes(48_000)).decode(), "format": "wav"}
    assert parts({"type": "input_audio", "input_audio": audio}) == 10
    assert parts({"type": "input_audio", "input_audio": {**audio, "format": "mp3"}}) == 30
    data = base64.b64encode(bytes(3_000)).decode()
    assert parts({"type": "file", "file": {"file_data": data}}) == 60


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(50)
    return "data:image/png;base64," + base64.b64encode(head).decode()


@pytest.mark.parametrize(
    ("url", "detail", "cost"),
    [
        (png(1024, 1024), "high", 85 + 4 * 170),
        (png(512, 512), "auto", 85 + 170),
        (png(1024, 1024), "low", 85),
        ("https://example.com/a.png", "high", 85),
        ("data:image/bmp;base64,Qk0=", "high", 85),
        ("data:image/png;base64,iVBOR===", "high", 85),
    ],
)
def test_images_are_counted_by_their_size(url: str, detail: str, cost: int) -> None:
    image = {"type": "image_url", "image_url": {"url": url, "detail": detail}}
    assert chat({"role": "user", "content": [image]}) == 7 + cost


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        ((1, 1), 1),
        ((513, 512), 2),
        ((768, 768), 4),
        ((1024, 1024), 4),
        ((2048, 4096), 6),
        ((4096, 2048), 6),
        ((2000, 700), 8),
        ((10_000, 1), 4),
        ((20_000, 20_000), 4),
    ],
)
def test_an_image_is_fitted_before_its_tiles_are_counted(size: tuple[int, int], tiles: int) -> None:
    assert image_tokens("gpt-4o", "high", size) == 85 + tiles * 170
    assert image_tokens("gpt-4o-mini", "auto", size) == 2833 + tiles * 5667
    assert image_tokens("gpt-4o-mini", "low", size) == 2833


@pytest.mark.parametrize(
    ("value", "cost"), [("hello world", 2), (["hello", "hello world"], 3), ([1, 2, 3], 3), ([[1, 2], [3]], 3)]
)
def test_prompts_and_inputs_are_counted_in_any_form(value: Any, cost: int) -> None:
    for endpoint, name in ((Endpoint.COMPLETIONS, "prompt"), (Endpoint.EMBEDDINGS, "input")):
        raw = json.dumps({"model": "gpt-4", name: value}).encode()
        assert estimate_prompt(decode(endpoint, "", raw)) == cost


def test_approximate_counts_bytes() -> None:
    assert chat({"role": "user", "content": "x" * 100}, approximate=True) == 3 + 3 + 1 + 38


def metered(*events: Event) -> Meter:
    meter = Meter("gpt-4")
    for event in events:
        meter.feed(event)
    return meter


REPORTED = UsageReported(Usage(prompt=9, completion=5, reasoning=2))


def test_the_providers_numbers_win() -> None:
    meter = metered(Started(), TextDelta("hello world"), UsageReported(Usage(prompt=1)), REPORTED, Finished("stop"))
    assert meter.usage(100) == (Usage(prompt=9, completion=5, reasoning=2, total=14), False)
    total = UsageReported(Usage(total=20))
    assert metered(REPORTED, total, Ended()).usage(100)[0].total == 20


def test_missing_numbers_are_counted() -> None:
    said = (
        TextDelta("hello"),
        ReasoningDelta(" world"),
        RefusalDelta(" no"),
        ToolCallStarted(0, "c", " look"),
        ToolArguments(0, " hello"),
    )
    usage, estimated = metered(*said, Finished("stop")).usage(7)
    assert estimated
    assert usage == Usage(prompt=7, completion=5, total=12)
    usage, estimated = metered(TextDelta("hello"), UsageReported(Usage(prompt=9)), Finished("stop")).usage(7)
    assert (usage.prompt, usage.completion, usage.total, estimated) == (9, 1, 10, True)


def test_noughts_are_not_taken_for_numbers() -> None:
    usage, estimated = metered(
        TextDelta("hello"), UsageReported(Usage(prompt=0, completion=0, total=0)), Finished("stop")
    ).usage(7)
    assert (usage.prompt, usage.completion, usage.total, estimated) == (7, 1, 8, True)


def test_negative_numbers_are_nought() -> None:
    negative = UsageReported(Usage(prompt=9, completion=-5, cached=-1))
    usage, estimated = metered(negative, Finished("stop")).usage(7)
    assert (usage.prompt, usage.completion, usage.cached, estimated) == (9, 0, 0, False)
    assert metered(Ended()).usage(-7)[0].prompt == 0


def test_embeddings_have_no_completion() -> None:
    assert metered(UsageReported(Usage(prompt=9, total=9))).usage(7) == (Usage(prompt=9, completion=0, total=9), False)
    assert metered().usage(7) == (Usage(prompt=7, completion=0, total=7), True)


def test_a_cut_reply_counts_by_what_was_visible_if_that_is_more() -> None:
    begun = UsageReported(Usage(prompt=9, completion=1))
    assert metered(begun, TextDelta("hello world")).usage(7) == (Usage(prompt=9, completion=2, total=11), True)
    assert metered(begun, TextDelta("hello")).usage(7) == (Usage(prompt=9, completion=1, total=10), False)


def test_verbatim_pieces_count_by_what_they_mean() -> None:
    passed = Passed(b"x", (TextDelta("hello"), UsageReported(Usage(prompt=9)), Finished("stop")))
    usage, _ = metered(passed).usage(7)
    assert (usage.prompt, usage.completion) == (9, 1)


def test_on_the_event_loop_a_long_text_is_estimated_by_its_bytes() -> None:
    meter = metered(TextDelta("x" * 100_000), Finished("stop"))
    assert meter.usage(7, quick=True)[0].completion == 33_333
    assert meter.usage(7)[0].completion == tokens("x" * 100_000)


@pytest.mark.parametrize(
    ("request_", "text", "others"),
    [
        (media_request(Endpoint.IMAGES, prompt="a small cat"), ["a small cat"], 0),
        (form_request(Endpoint.TRANSCRIPTIONS, ("prompt", "a small cat")), ["a small cat"], 0),
        (
            media_request(Endpoint.SPEECH, model="m", input="hello there", instructions="slowly"),
            ["hello there", "slowly"],
            0,
        ),
        (media_request(Endpoint.MODERATIONS, input=["a cat", "a dog"]), ["a cat", "a dog"], 0),
        (
            media_request(Endpoint.MODERATIONS, input=[{"type": "image_url", "image_url": {"url": "https://x/1"}}]),
            [],
            85,
        ),
        (
            media_request(Endpoint.RERANK, model="m", query="cats", documents=["a cat", "a dog"]),
            ["cats", "cats", "a cat", "a dog"],
            0,
        ),
    ],
)
def test_prompts_of_the_further_endpoints(request_: Request, text: list[str], others: int) -> None:
    assert estimate_prompt(request_) == sum(map(tokens, text)) + others


def test_pictures_are_counted_unless_the_provider_counts_them() -> None:
    made = Meter("m")
    assert made.usage(4)[0].images is None
    made.feed(Passed(b"", (PictureMade(0, url="u"), PictureMade(1, url="u"))))
    assert made.usage(4)[0].images == 2
    made.feed(UsageReported(Usage(images=1)))
    assert made.usage(4)[0].images == 1


def test_a_transcript_is_heard_once() -> None:
    whole = Meter("m")
    whole.feed(Transcript("hello there", seconds=2.5))
    assert whole.usage(4) == (Usage(prompt=4, completion=tokens("hello there"), total=6, seconds=2.5), True)
    pieces = Meter("m")
    for event in (TextDelta("hello"), TextDelta(" there"), Transcript("hello there"), Ended()):
        pieces.feed(event)
    assert pieces.complete
    assert pieces.usage(4)[0].completion == tokens("hello there")


def test_a_request_that_passes_as_it_is_has_no_tokens_for_us() -> None:
    assert estimate_prompt(RawRequest(Endpoint.PROXY, "POST", "/x", raw=b"many words")) == 0


def test_what_other_models_had_a_part_in_is_kept_apart() -> None:
    meter = Meter("gpt-realtime")
    meter.feed(UsageReported(Usage(5, 6)))
    meter.feed(UsageReported(Usage(1, 2), model="whisper-1"))
    meter.feed(UsageReported(Usage(3, 4), model="whisper-1"))
    assert meter.beside == {"whisper-1": Usage(3, 4)}
    assert meter.usage(0) == (Usage(5, 6, total=11), False)
    meter.feed(UsageReported(Usage(7, 6), guessed=True))
    assert meter.usage(0) == (Usage(7, 6, total=13), True)


def test_a_conversation_begins_with_nothing() -> None:
    assert estimate_prompt(RealtimeRequest("gpt-realtime")) == 0


@pytest.mark.parametrize("odd", [10**400, 10**9 + 1])
def test_a_count_that_nothing_has_was_not_told(odd: int) -> None:
    meter = Meter("gpt-4o")
    meter.feed(UsageReported(Usage(5, 6, seconds=float("nan"))))
    meter.feed(UsageReported(Usage(odd, 7, cached=odd)))
    meter.feed(UsageReported(Usage(odd, 1), model="whisper-1"))
    assert meter.usage(0) == (Usage(5, 7, total=12), False)
    assert meter.beside == {"whisper-1": Usage(None, 1)}
