"""Requests for sound as clients write them, and a dialect at work on them. Must not know any provider's format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from addon.canon.codec import Codec
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint, FormRequest, SpeechRequest
from addon.dialects import DIALECTS
from addon.face.encode import Ids, encoder
from addon.face.fold import folded
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire import sse
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import row_target
from tests.forms import form_request, media_request
from tests.splits import frame_boundaries, offsets_for, same_at_every_split

IDS = Ids(id="chatcmpl-test", created=1_700_000_000, model="asked-for")
WAV = ("file", "a.wav", "audio/wav", b"RIFF")
MP3 = ("file", "a.mp3", "audio/mpeg", b"ID3x")


def speaking(text: str = "Hello", **fields: Any) -> SpeechRequest:
    made = media_request(Endpoint.SPEECH, **{"model": "asked-for", "input": text, **fields})
    assert isinstance(made, SpeechRequest)
    return made


def hearing(*parts: tuple[str, str], endpoint: Endpoint = Endpoint.TRANSCRIPTIONS, file: Any = WAV) -> FormRequest:
    return form_request(endpoint, ("model", "asked-for"), *parts, file)


def fields_of(outbound: Outbound) -> dict[str, Any]:
    """The fields of a form that is sent, lists where a name stands twice; its file is under `file`."""
    [content_type] = [value for name, value in outbound.headers if name == "content-type"]
    boundary = content_type.partition("boundary=")[2].encode()
    found: dict[str, Any] = {}
    for piece in outbound.body.split(b"--" + boundary)[1:-1]:
        head, _, data = piece.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        value: Any = data[:-2] if b"filename=" in head else data[:-2].decode()
        known = found.get(name)
        found[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return found


class Sounding:
    """The row of a channel type at work on one request for sound."""

    def __init__(self, row: int, request: SpeechRequest | FormRequest, model: str, **fields: Any) -> None:
        self.request = request
        self.target: Target = row_target(row, model, **fields)
        self.codec: Codec = DIALECTS[PROVIDERS[row].dialect].codecs[request.endpoint]
        assert request.endpoint.value in PROVIDERS[row].endpoints

    @property
    def outbound(self) -> Outbound:
        return self.codec.build(self.request, self.target)

    @property
    def document(self) -> Any:
        return json.loads(self.outbound.body)

    def read(self, body: Any) -> list[Event]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return list(self.codec.read_reply(self.request, self.target, data))

    def told(self, body: Any) -> tuple[bytes, str]:
        """What the client gets for a whole reply that is not passed as it is."""
        return folded(self.request, self.read(body), IDS)

    def pipe(self) -> Pipe:
        assert self.codec.reader is not None
        reader = self.codec.reader(self.request, self.target)
        return Pipe(sse.Decoder(), reader, encoder(self.request, IDS), Meter(self.target.model))

    def streamed(self, body: bytes) -> list[Mapping[str, Any]]:
        """The documents of the client's stream, made sure of at every kind of cut."""
        one = self.pipe()
        out = b"".join([*one.feed(body), *one.close()])
        assert one.fault is None, one.fault
        same_at_every_split(self.pipe, body, [out], offsets_for(body, len(body), frame_boundaries(body)))
        lines = [line for line in out.decode().split("\n") if line.startswith("data: ")]
        assert lines.pop() == "data: [DONE]"
        return [json.loads(line.removeprefix("data: ")) for line in lines]


def frames(*documents: Any) -> bytes:
    """A stream of events as most providers write it."""
    return b"".join(b"data: " + json.dumps(document).encode() + b"\n\n" for document in documents)
