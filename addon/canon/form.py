"""A request that came as multipart/form-data, as a view over its untouched bytes.

Must not know how such bytes are parsed (`wire/multipart.py`), nor any provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.endpoint import Endpoint

Json = Any


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part. All positions are byte offsets in `FormRequest.raw`.

    `start` is where its delimiter (`--boundary`) begins and `end` where the next one does, so that a part can be cut
    out; its content is `raw[data_start:data_end]`. `filename` is None for a plain field.
    """

    name: str
    filename: str | None
    content_type: str
    start: int
    data_start: int
    data_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of the form, copied out of it. `content_type` is "" where the client gave none."""

    name: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FormRequest:
    """`POST /v1/images/edits`, `images/variations`, `audio/transcriptions` or `audio/translations`, as a form.

    `body` holds the fields: name -> text, or a list of texts where a name stands more than once (or ends with `[]`).
    `content_type` is the client's header, with the boundary that `raw` is written with.
    `n`, `size`, `quality`, `prompt` and `response_format` are "" or 1 where the form has none: nothing is defaulted.
    """

    endpoint: Endpoint
    body: Mapping[str, Json]
    raw: bytes
    model: str
    content_type: str
    boundary: bytes
    parts: tuple[FormPart, ...]
    stream: bool = False
    include_usage: bool = False
    prompt: str = ""
    n: int = 1
    size: str = ""
    quality: str = ""
    response_format: str = ""
    language: str = ""
    temperature: float | None = None
    user: str = ""

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """The files, in order, copied."""
        return tuple(
            Upload(part.name, part.filename, part.content_type, self.raw[part.data_start : part.data_end])
            for part in self.parts
            if part.filename is not None
        )


Change = str | tuple[str, ...] | None
"""A field's new value; None: the part disappears; several values: a part for each, where the field was not there."""


def spliced(request: FormRequest, changes: Mapping[str, Change]) -> bytes:
    """The form with these fields changed, wherever they stand; every other byte is as the client sent it.

    A field that stands more than once is changed each time (parsers differ in which they take); one that is not there
    is put in front.
    """
    there = {part.name for part in request.parts}
    done = request.parts[0].start
    pieces = [request.raw[:done]]
    for name, value in changes.items():
        if name not in there and value is not None:
            values = (value,) if isinstance(value, str) else value
            pieces += [field_part(request.boundary, name, one) for one in values]
    for part in request.parts:
        if part.name not in changes:
            continue
        value = changes[part.name]
        if value is None:
            pieces.append(request.raw[done : part.start])
            done = part.end
        else:
            single = value if isinstance(value, str) else value[0]
            pieces += (request.raw[done : part.data_start], single.encode())
            done = part.data_end
    return b"".join((*pieces, request.raw[done:]))


def field_part(boundary: bytes, name: str, value: str) -> bytes:
    """A plain field as a part, with the line break that belongs to the next delimiter."""
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n' % (boundary, name.encode())
    return head + value.encode() + b"\r\n"


def file_part(boundary: bytes, name: str, filename: str, media_type: str, data: bytes) -> bytes:
    """A file as a part. The name of the file must hold no quotes and no line breaks."""
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {media_type}'
    return b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head.encode(), data)


def closed(boundary: bytes, *parts: bytes) -> tuple[str, bytes]:
    """(content type, body) of a form of these parts."""
    return f"multipart/form-data; boundary={boundary.decode()}", b"".join(parts) + b"--" + boundary + b"--\r\n"
