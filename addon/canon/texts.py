"""Parts of messages as text, for providers that take nothing else, or nothing else from this role.

Must not know any provider: its name is an argument.
"""

from __future__ import annotations

import base64

from addon.canon.request import CannotCarry, File, Message, Part, RefusalText, Text

TEXT_TYPES = ("application/json", "application/xml", "application/yaml", "application/javascript")
"""Media types that are text without saying so."""


def plain_text(message: Message, provider: str) -> str:
    """The message as one text. Raises CannotCarry for a part that is none."""
    texts = (text_of(part, f"{message.param}.content[{at}]", provider) for at, part in enumerate(message.parts))
    return "".join(texts)


def text_of(part: Part, param: str, provider: str) -> str:
    """The text of a part, or of a file that is text. Raises CannotCarry for everything else."""
    match part:
        case Text(text) | RefusalText(text):
            return text
        case File() if is_text(part):
            return decoded(part.data, param)
    raise CannotCarry(param, f"{provider} takes only text here; send the content of this part as text.")


def is_text(file: File) -> bool:
    return bool(file.data) and (file.media_type.startswith("text/") or file.media_type in TEXT_TYPES)


def decoded(data: str, param: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError as error:
        raise CannotCarry(param, "The file's data is not base64 of UTF-8 text; encode it so.") from error
