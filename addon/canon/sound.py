"""What requests for sound ask, and what sound is made of: the upload, voices, formats, the container of raw samples.

Must not know any provider: its name, and what it has, are arguments.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator, Mapping

from addon.canon.events import Segment
from addon.canon.form import FormRequest, Upload
from addon.canon.media import SpeechRequest
from addon.canon.request import CannotCarry

FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "x-m4a": "m4a", "mp4": "m4a", "x-flac": "flac"}
"""Media types whose name is not that of the format."""
NAMES = {"mp3": "mpeg", "m4a": "mp4", "oga": "ogg"}
"""Formats whose media type has another name."""
VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
)
"""OpenAI's voices, which no other provider has."""
TIMED = ("srt", "vtt", "verbose_json")
"""Transcripts that tell when something was said."""
SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "…")
MOST_WORDS = 12
"""Words of a segment, if no sentence ends before."""
RATE = 24_000
"""Samples per second of OpenAI's `pcm`: 16 bits, one channel, little endian."""
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"RIFF", "audio/wav"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff", "audio/mpeg"),
)
"""How files of sound begin; the frames of mp3 with eleven bits that are set."""


def upload_of(request: FormRequest) -> Upload:
    """The sound of the form. Raises CannotCarry if there is none."""
    found = next((one for one in request.uploads if one.name == "file"), None)
    if found is None:
        raise CannotCarry("file", "The form has no file with the sound; add one.")
    return found


def format_of(upload: Upload) -> str:
    """The end of its name, or of its media type; `wav` where nobody says."""
    kind = upload.content_type.partition(";")[0].strip().rpartition("/")[2].lower()
    extension = upload.filename.rpartition(".")[2] if "." in upload.filename else ""
    return extension.lower() or FORMATS.get(kind, kind) or "wav"


def media_type_of(upload: Upload) -> str:
    """`audio/..`, for providers that want to be told."""
    form = format_of(upload)
    return f"audio/{NAMES.get(form, form)}"


def data_url(upload: Upload) -> str:
    return f"data:{media_type_of(upload)};base64,{base64.b64encode(upload.data).decode()}"


def voice_of(request: SpeechRequest, otherwise: str) -> str:
    """The voice that was asked for; `otherwise` for none, and for OpenAI's, which its clients have built in."""
    return otherwise if request.voice in VOICES or not request.voice else request.voice


def speech_format(request: SpeechRequest, provider: str, offered: Mapping[str, str]) -> str:
    """The provider's word for the format; its first one where none was asked for. `offered`: ours -> theirs.

    Raises CannotCarry for one that it does not have.
    """
    if not request.response_format:
        return next(iter(offered.values()))
    found = offered.get(request.response_format)
    if found is None:
        known = ", ".join(offered)
        message = f"{provider} speaks {known}, not {request.response_format}; set response_format to one of them."
        raise CannotCarry("response_format", message)
    return found


def refuse_forms(request: FormRequest, provider: str, offered: Iterable[str]) -> None:
    """Raises CannotCarry for a form of transcript beside json and text that the provider's replies do not hold."""
    known = ("json", "text", *offered)
    if request.response_format and request.response_format not in known:
        message = (
            f"{provider} gives transcripts as {', '.join(known)}, not {request.response_format}; "
            "set response_format to one of them."
        )
        raise CannotCarry("response_format", message)


def sentences(words: Iterable[Segment], glue: str) -> Iterator[Segment]:
    """Words put together until a sentence ends or somebody else speaks, for providers that tell words only."""
    run: list[Segment] = []
    for word in words:
        if run and (word.speaker != run[0].speaker or len(run) >= MOST_WORDS):
            yield _joined(run, glue)
            run = []
        run.append(word)
        if word.text.rstrip().endswith(SENTENCE_ENDS):
            yield _joined(run, glue)
            run = []
    if run:
        yield _joined(run, glue)


def _joined(words: list[Segment], glue: str) -> Segment:
    return Segment(glue.join(word.text for word in words), words[0].start, words[-1].end, words[0].speaker)


def within(value: float | None, low: float, high: float) -> float | None:
    """A speed as far as the provider goes; None where the client leaves it open."""
    return None if value is None else min(max(value, low), high)


def wav(samples: bytes, rate: int = RATE, channels: int = 1) -> bytes:
    """Samples of 16 bits, little endian, as a file: RIFF's header and they."""
    size = len(samples)
    frame = channels * 2
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16)
    return struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form + struct.pack("<4sI", b"data", size) + samples


def samples_of(data: bytes) -> bytes:
    """The samples of a wav file; other bytes as they are. A size that lies, as that of streams does, is the rest."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return data
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"data":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return b""


def sniffed(data: bytes) -> str:
    """The media type that the first bytes tell; "" for raw samples and the unknown."""
    return next((kind for magic, kind in MAGIC if data.startswith(magic)), "")
