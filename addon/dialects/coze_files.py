"""What a Coze bot is shown that has no address: each file is uploaded first, in a request of its own, and then named.

Facts: coze.com/docs/developer_guides/upload_files. Must not know turns nor chats.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from mimetypes import guess_extension
from typing import Any

from addon.canon.dialogue import RESULT_ROLES, SYSTEM_ROLES
from addon.canon.form import closed, file_part
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Audio, CannotCarry, File, Image, Message, Part


@dataclass(frozen=True, slots=True)
class Upload:
    """A part that holds its content. `param` is the part's path, by which its id is found again."""

    param: str
    media_type: str
    data: str


def uploads(messages: Iterable[Message]) -> list[Upload]:
    """The parts that have to be uploaded, in order."""
    found: list[Upload] = []
    for message in messages:
        if message.role not in (*SYSTEM_ROLES, *RESULT_ROLES):
            pairs = [(f"{message.param}.content[{at}]", part) for at, part in enumerate(message.parts)]
            found += [upload for param, part in pairs if (upload := upload_of(part, param)) is not None]
    return found


def upload_of(part: Part, param: str) -> Upload | None:
    match part:
        case Image(media_type=media_type, data=data) | File(media_type=media_type, data=data) if data:
            return Upload(param, media_type or "application/octet-stream", data)
        case Audio(data=data, format=format):
            return Upload(param, f"audio/{format}", data)
    return None


def outbound(target: Target, upload: Upload) -> Outbound:
    """`POST /v1/files/upload`. Coze goes by the ending of the file's name. Raises CannotCarry."""
    try:
        data = base64.b64decode(upload.data, validate=True)
    except ValueError:
        raise CannotCarry(upload.param, "The content is not base64.") from None
    ending = upload.media_type.partition("/")[2] if upload.media_type.startswith("audio/") else ""
    filename = "file" + (f".{ending}" if ending else guess_extension(upload.media_type) or "")
    boundary = hashlib.sha256(data).hexdigest()[:40].encode()
    content_type, body = closed(boundary, file_part(boundary, "file", filename, upload.media_type, data))
    secrets = (("authorization", f"Bearer {target.key}"),)
    return Outbound("POST", f"{target.base_url}/v1/files/upload", (("content-type", content_type),), body, secrets)


def file_id(reply: Mapping[str, Any]) -> str:
    """Raises KeyError or TypeError for what is no file."""
    return str(reply["data"]["id"])
