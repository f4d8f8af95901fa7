from __future__ import annotations

import io
import wave

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Segment
from addon.canon.form import Upload
from addon.canon.request import CannotCarry
from addon.canon.sound import (
    MOST_WORDS,
    data_url,
    format_of,
    media_type_of,
    refuse_forms,
    samples_of,
    sentences,
    sniffed,
    speech_format,
    upload_of,
    voice_of,
    wav,
    within,
)
from tests.forms import form_request, media_request

SAMPLES = b"\x01\x00\x02\x00\xff\x7f"


@pytest.mark.parametrize(
    ("filename", "media_type", "form", "told"),
    [
        ("a.WAV", "audio/mpeg", "wav", "audio/wav"),
        ("blob", "audio/mpeg", "mp3", "audio/mpeg"),
        ("blob", "audio/ogg; x=1", "ogg", "audio/ogg"),
        ("a.m4a", "", "m4a", "audio/mp4"),
        ("blob", "", "wav", "audio/wav"),
    ],
)
def test_the_format_is_the_end_of_a_name(filename: str, media_type: str, form: str, told: str) -> None:
    upload = Upload("file", filename, media_type, b"hi")
    assert (format_of(upload), media_type_of(upload)) == (form, told)
    assert data_url(upload) == f"data:{told};base64,aGk="


def test_the_sound_is_the_file_of_that_name() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("model", "m"), ("file", "a.mp3", "audio/mpeg", b"x"))
    assert upload_of(request).data == b"x"
    with pytest.raises(CannotCarry, match="no file"):
        upload_of(form_request(Endpoint.IMAGE_EDITS, ("prompt", "x")))


def test_openais_voices_are_nobody_elses() -> None:
    for voice, told in (("alloy", "Cherry"), ("", "Cherry"), ("Ethan", "Ethan")):
        assert voice_of(media_request(Endpoint.SPEECH, model="m", input="x", voice=voice), "Cherry") == told


def test_a_format_of_speech_is_told_in_the_providers_word() -> None:
    offered = {"wav": "wav", "pcm": "raw"}
    for wanted, told in (("", "wav"), ("pcm", "raw")):
        request = media_request(Endpoint.SPEECH, model="m", input="x", response_format=wanted)
        assert speech_format(request, "Somebody", offered) == told
    with pytest.raises(CannotCarry, match="Somebody speaks wav, pcm, not mp3") as raised:
        speech_format(media_request(Endpoint.SPEECH, model="m", input="x", response_format="mp3"), "Somebody", offered)
    assert raised.value.param == "response_format"


def test_a_form_of_transcript_that_cannot_be_made_is_refused() -> None:
    for wanted in ("", "json", "text", "srt"):
        refuse_forms(form_request(Endpoint.TRANSCRIPTIONS, ("response_format", wanted)), "Somebody", ("srt",))
    with pytest.raises(CannotCarry, match="json, text, srt, not vtt"):
        refuse_forms(form_request(Endpoint.TRANSCRIPTIONS, ("response_format", "vtt")), "Somebody", ("srt",))


def test_a_speed_stays_within_bounds() -> None:
    assert [within(value, 0.5, 2) for value in (None, 0.1, 1.0, 4.0)] == [None, 0.5, 1.0, 2]


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 1), (16_000, 2)])
def test_samples_become_a_file_that_others_read(rate: int, channels: int) -> None:
    samples = SAMPLES * 2
    with wave.open(io.BytesIO(wav(samples, rate, channels))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, channels, 2)
        assert file.readframes(99) == samples
    assert samples_of(wav(samples, rate, channels)) == samples


def test_samples_are_found_behind_other_chunks() -> None:
    made = wav(SAMPLES)
    odd = made[:36] + b"LIST\x03\x00\x00\x00abc\x00" + made[36:]
    assert samples_of(odd) == SAMPLES
    endless = made[:40] + b"\xff\xff\xff\xff" + SAMPLES
    assert samples_of(endless) == SAMPLES
    assert samples_of(made[:36]) == b""
    assert samples_of(b"plain") == b"plain"


def test_the_first_bytes_tell_what_a_file_is() -> None:
    told = [sniffed(data) for data in (wav(b""), b"ID3\x04", b"\xff\xfb\x90", b"\xff\xf1P", b"OggS", b"fLaC", b"\0\0")]
    assert told == ["audio/wav", "audio/mpeg", "audio/mpeg", "audio/aac", "audio/ogg", "audio/flac", ""]


def test_segments_end_with_sentences_speakers_and_breath() -> None:
    words = [Segment("a", 0, 1, "0"), Segment("b", 1, 2, "1"), *(Segment("c", 2, 3, "1") for _ in range(MOST_WORDS))]
    found = [one.text for one in sentences(words, " ")]
    assert found == ["a", " ".join(["b", *"c" * (MOST_WORDS - 1)]), "c"]
    chinese = (Segment("你", 0, 1), Segment("好。", 1, 2), Segment("再见", 2, 3))
    assert list(sentences(chinese, "")) == [Segment("你好。", 0, 2), Segment("再见", 2, 3)]
