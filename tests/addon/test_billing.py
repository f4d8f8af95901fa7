"""What is reserved and what is due, per endpoint, by units or by tokens, told or guessed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from addon.billing import due, reserved, speaking_seconds, with_transcripts
from addon.canon.endpoint import Endpoint
from addon.canon.events import Usage
from addon.canon.raw import RawRequest
from addon.canon.request import RealtimeRequest, Request
from addon.face.decode import decode
from rules.pricing import Tables, price_of
from rules.values import Price
from tests.builders import chat
from tests.forms import AUDIO, PICTURE, form_request, media_request

NO_USAGE = Usage(prompt=9, completion=0, total=9)


def price(model: str, channel_type: int = 1) -> Price:
    return price_of(Tables(), channel_type, model, "default")


def owed(request: Request, usage: Usage, estimated: bool, model: str = "") -> tuple[int, bool]:
    cost, guessed = due(price(model or request.model), request, usage, estimated)
    return cost.quota, guessed


def drawing(**body: Any) -> Request:
    return media_request(Endpoint.IMAGES, **{"prompt": "a cat", **body})  # type: ignore[no-any-return]


def speech(model: str, text: str) -> Request:
    return media_request(Endpoint.SPEECH, model=model, input=text)  # type: ignore[no-any-return]


def heard(model: str, *parts: Any) -> Request:
    return form_request(Endpoint.TRANSCRIPTIONS, ("model", model), *parts)


def ranking(model: str, documents: int = 2) -> Request:
    return media_request(Endpoint.RERANK, model=model, query="q", documents=["d"] * documents)  # type: ignore[no-any-return]


# -- reserved ---------------------------------------------------------------------------------------------------------


def test_a_conversation_reserves_prompt_and_answer() -> None:
    assert reserved(price("gpt-4o"), chat(max_tokens=100, n=2), 9, 500) == int((500 + 9 + 200) * 1.25)
    assert reserved(price("gpt-4o"), chat(), 9, 500) == int((500 + 9) * 1.25)
    raw = b'{"model":"gpt-3.5-turbo-instruct","prompt":"x","max_tokens":10,"best_of":3}'
    completion = decode(Endpoint.COMPLETIONS, "application/json", raw)
    assert reserved(price("gpt-4"), completion, 1, 0) == 31 * 15
    judged = media_request(Endpoint.MODERATIONS, input="x")
    assert reserved(price("gpt-4"), judged, 3, 500) == 503 * 15


@pytest.mark.parametrize(
    ("request_", "quota"),
    [
        (drawing(model="dall-e-3", size="1792x1024", quality="hd"), 60_000),
        (drawing(model="dall-e-2", n=3), 37_500),
        # 2 words at 2.5, 272 tokens of a picture at 20
        (drawing(model="gpt-image-1", size="1024x1024", quality="low"), 9 * 2.5 + 272 * 20),
        (drawing(model="gpt-image-1"), 9 * 2.5 + 6240 * 20),
        (speech("tts-1", "x" * 100), 750),
        (ranking("rerank-v3.5"), 1000),
        (ranking("rerank-v3.5", 101), 2000),
        (ranking("unknown-ranker"), 30_000),
    ],
)
def test_units_reserve_what_they_are_going_to_cost(request_: Request, quota: float) -> None:
    assert reserved(price(request_.model), request_, 9, 500) == int(quota + 0.5)


def test_pictures_to_be_changed_are_seen_as_well() -> None:
    form = form_request(Endpoint.IMAGE_EDITS, ("model", "gpt-image-1"), ("prompt", "x"), ("quality", "low"), PICTURE)
    body = {"model": "gpt-image-1", "quality": "low", "images": [{"image_url": "https://x/1.png"}]}
    as_json = media_request(Endpoint.IMAGE_EDITS, prompt="x", **body)
    for request in (form, as_json):
        assert reserved(price("gpt-image-1"), request, 0, 0) == 408 * 20 + 1056 * 5


def test_an_upload_reserves_by_its_size() -> None:
    long = ("file", "a.mp3", "audio/mpeg", b"\0" * 400_000)
    assert reserved(price("whisper-1"), heard("whisper-1", long), 0, 500) == 100 * 50
    assert reserved(price("whisper-1"), heard("whisper-1", AUDIO), 0, 500) == 50
    # a second is 10 tokens that are heard, and 3 of text
    assert reserved(price("gpt-4o-transcribe"), heard("gpt-4o-transcribe", AUDIO), 0, 500) == 28


# -- due --------------------------------------------------------------------------------------------------------------


def test_a_conversation_costs_its_tokens() -> None:
    usage = Usage(prompt=100, completion=10, cached=50, reasoning=4, total=110)
    assert owed(chat(), usage, False, "gpt-4o") == (144, False)
    assert owed(chat(), usage, True, "gpt-4o") == (144, True)
    audio = Usage(prompt=100, completion=10, audio_prompt=90, audio_completion=5)
    assert owed(chat(), audio, False, "gpt-audio")[0] == round((10 * 2.5 + 90 * 32 + 5 * 10 + 5 * 64) / 2)


def test_pictures_in_a_conversation_cost_what_pictures_cost() -> None:
    told = Usage(prompt=10, completion=1300, image_completion=1290)
    # $0.30 per million tokens in, $2.50 out, $30 for what is drawn
    quota = math.ceil((10 * 0.3 + 10 * 2.5 + 1290 * 30) / 2)
    assert owed(chat(), told, False, "gemini-2.5-flash-image") == (quota, False)


def test_pictures_cost_what_was_made() -> None:
    request = drawing(model="dall-e-2", n=4, size="256x256")
    assert owed(request, Usage(prompt=9, images=3), True) == (30_000, False)
    assert owed(request, NO_USAGE, True) == (40_000, True)


def test_pictures_that_are_paid_by_the_token() -> None:
    request = drawing(model="gpt-image-1", size="1024x1024", quality="low")
    assert owed(request, Usage(prompt=14, completion=272, images=1), False) == (14 * 2.5 + 272 * 20, False)
    told = Usage(prompt=114, completion=272, image_prompt=100, image_completion=272, images=1)
    assert owed(request, told, False) == (14 * 2.5 + 100 * 5 + 272 * 20, False)
    assert owed(request, Usage(prompt=14, completion=0, images=1), True) == (14 * 2.5 + 272 * 20, True)
    several = drawing(model="gpt-image-1", size="1024x1024", quality="low", n=4)
    assert owed(several, Usage(prompt=14, completion=0, images=3), True) == (14 * 2.5 + 3 * 272 * 20, True)


def test_speech_costs_its_characters_or_its_tokens() -> None:
    assert owed(speech("tts-1", "你好" * 50), NO_USAGE, True) == (750, False)
    # 30 letters are 2 seconds, 42 tokens of sound at $12; 9 of text at $0.60
    assert owed(speech("gpt-4o-mini-tts", "x" * 30), NO_USAGE, True) == (255, True)
    told = Usage(prompt=5, completion=27, total=32)
    assert owed(speech("gpt-4o-mini-tts", "x" * 30), told, False) == (137, False)


def test_a_transcript_costs_its_seconds_or_its_tokens() -> None:
    assert owed(heard("whisper-1"), Usage(prompt=1, completion=7, seconds=90.5), True) == (4525, False)
    # A9.47: without times, the tokens of the text at the model's ratio
    assert owed(heard("whisper-1"), Usage(prompt=1, completion=200), True) == (3000, True)
    told = Usage(prompt=37, completion=9, audio_prompt=37, total=46)
    assert owed(heard("gpt-4o-transcribe"), told, False) == (92, False)
    assert owed(heard("gpt-4o-transcribe"), Usage(prompt=0, completion=10), True) == (88, True)
    assert owed(heard("unknown-ears"), told, False) == (46 * 30, False)
    assert owed(heard("unknown-ears"), Usage(completion=2, seconds=3), True) == (300, False)


def test_a_ranking_costs_its_searches_or_its_tokens() -> None:
    assert owed(ranking("rerank-v3.5"), Usage(prompt=5, completion=0, searches=2), True) == (2000, False)
    assert owed(ranking("rerank-v3.5"), NO_USAGE, True) == (1000, True)
    tokens = Usage(prompt=100, completion=0, total=100)
    assert owed(ranking("rerank-v3.5"), tokens, False) == (1000, True)
    assert owed(ranking("qwen/qwen3-reranker-8b"), tokens, False) == (3, False)
    assert owed(ranking("unknown-ranker"), tokens, False) == (3000, False)


def test_moderation_is_free_where_the_provider_gives_it() -> None:
    judged = media_request(Endpoint.MODERATIONS, input="x")
    assert owed(judged, NO_USAGE, True) == (0, True)


def test_how_long_it_takes_to_say_something() -> None:
    assert speaking_seconds("x" * 30) == 2
    assert speaking_seconds("你" * 9) == 2
    assert speaking_seconds("") == 0


def test_what_passes_as_it_is_costs_nothing() -> None:
    request = RawRequest(Endpoint.PROXY, "GET", "/x")
    cost, estimated = due(price_of(Tables(), 43, "oneapi/proxy", "default"), request, Usage(), True)
    assert (cost.quota, cost.text, estimated) == (0, "GET /x", False)


# -- conversations ----------------------------------------------------------------------------------------------------


def test_a_conversation_is_held_for_a_minute_of_each_side() -> None:
    """600 tokens heard at $32 and 1,250 spoken at $64 a million."""
    assert reserved(price("gpt-realtime"), RealtimeRequest("gpt-realtime"), 0, 500) == (600 * 32 + 1250 * 64) // 2


def test_a_conversation_costs_what_its_tokens_cost() -> None:
    usage = Usage(900, 130, 400, audio_prompt=300, audio_completion=100)
    dollars = (200 * 4 + 400 * 0.4 + 300 * 32 + 30 * 16 + 100 * 64) / 1e6
    request = RealtimeRequest("gpt-realtime")
    assert owed(request, usage, False) == (round(dollars * 500_000), False)
    assert owed(request, usage, True)[1]
    assert owed(request, Usage(0, 0), True) == (0, False)


def test_transcripts_are_paid_beside_it_by_the_token_or_the_second() -> None:
    plain, _ = due(price("gpt-realtime"), RealtimeRequest("gpt-realtime"), Usage(10, 10), False)
    assert with_transcripts(plain, []) is plain
    both = with_transcripts(
        plain, [(price("gpt-4o-transcribe"), Usage(1000, 100)), (price("whisper-1"), Usage(0, 0, seconds=30))]
    )
    first, second = both.computation["transcripts"]
    assert (second["unit"], second["count"], second["quota"]) == ("second", 30, 1500)
    assert both.quota == both.computation["quota"] == plain.quota + first["quota"] + 1500
    assert first["quota"] > 0


# -- sound of providers that count for themselves ---------------------------------------------------------------------


def spoken_by(channel_type: int, model: str, text: str, usage: Usage, estimated: bool = True) -> tuple[int, bool]:
    cost, guessed = due(price(model, channel_type), speech(model, text), usage, estimated)
    return cost.quota, guessed


def heard_by(channel_type: int, model: str, usage: Usage, estimated: bool) -> tuple[int, bool]:
    cost, guessed = due(price(model, channel_type), heard(model), usage, estimated)
    return cost.quota, guessed


def test_characters_are_those_that_the_provider_counts() -> None:
    """MiniMax: $100 per million characters, of which a Chinese one is two."""
    counted = Usage(prompt=4, completion=0, characters=4)
    assert spoken_by(27, "speech-2.8-hd", "你好", counted) == (200, False)
    assert spoken_by(27, "speech-2.8-hd", "你好", NO_USAGE) == (100, False)
    assert spoken_by(46, "minimax/speech-2.8-turbo", "x" * 1000, NO_USAGE) == (30_000, False)


@pytest.mark.parametrize(
    ("channel_type", "model", "dollars"),
    [
        (16, "glm-tts", 28.571429),
        (17, "qwen3-tts-flash", 10),
        (17, "cosyvoice-v3-flash", 13),
        (28, "voxtral-mini-tts-3-0", 13),
        (29, "canopylabs/orpheus-v1-english", 22),
        (32, "step-tts-2", 40),
        (37, "@cf/deepgram/aura-2-en", 30),
        (39, "hexgrad/Kokoro-82M", 4),
        (41, "minimax-speech-2.8-turbo", 60),
        (44, "FunAudioLLM/CosyVoice2-0.5B", 15),
        (45, "grok-tts", 15),
    ],
)
def test_every_voice_of_the_rows_has_its_price(channel_type: int, model: str, dollars: float) -> None:
    assert price(model, channel_type).known
    assert spoken_by(channel_type, model, "x" * 1000, NO_USAGE) == (int(dollars * 500), False)


@pytest.mark.parametrize(
    ("channel_type", "model", "dollars"),
    [
        (1, "whisper-1", 0.006),
        (16, "glm-asr-2512", 0.0024),
        (17, "qwen3-asr-flash", 0.0021),
        (20, "openai/whisper-1", 0.006),
        (28, "voxtral-mini-latest", 0.003),
        (37, "@cf/deepgram/nova-3", 0.0052),
        (39, "openai/whisper-large-v3", 0.0015),
        (44, "FunAudioLLM/SenseVoiceSmall", 0),
        (45, "grok-voice-transcribe-2.0", 0.001667),
    ],
)
def test_every_ear_of_the_rows_has_its_price(channel_type: int, model: str, dollars: float) -> None:
    assert price(model, channel_type).known
    minute = Usage(prompt=9, completion=5, seconds=60.0)
    assert heard_by(channel_type, model, minute, False) == (-(-round(dollars * 1e6) // 2), False)


def test_seconds_that_nobody_tells_are_guessed_from_the_text_and_flagged() -> None:
    """100 tokens of text take half a minute to say; the group's ratio counts as well, unlike in One API (A9.47)."""
    said = Usage(prompt=0, completion=100)
    assert heard_by(16, "glm-asr-2512", said, True) == (600, True)
    dearer = price_of(Tables(group_ratio={"vip": 2.0}), 16, "glm-asr-2512", "vip")
    assert due(dearer, heard("glm-asr-2512"), said, True)[0].quota == 1200


def test_spoken_and_heard_tokens_are_paid_as_such() -> None:
    """Gemini's speech: $0.50 per million tokens of text, $9 of sound. OpenAI's transcripts: $2.50 and $10."""
    told = Usage(prompt=1000, completion=1000, audio_completion=1000)
    assert spoken_by(24, "gemini-3.8-flash-tts", "x", told, False) == (4750, False)
    written = Usage(prompt=1000, completion=1000, audio_prompt=1000)
    assert heard_by(1, "gpt-4o-transcribe", written, False) == (6250, False)
    assert spoken_by(17, "qwen-tts", "x", Usage(prompt=1000, completion=1000), False) == (832, False)
