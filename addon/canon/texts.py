"""Parts of messages, and what is to be embedded, as text: for providers that take nothing else there.

Must not know any provider: its name is an argument.
"""

from __future__ import annotations

import base64

from addon.canon.request import CannotCarry, EmbeddingRequest, File, Message, Part, RefusalText, Text

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


def input_texts(request: EmbeddingRequest, provider: str) -> list[str]:
    """What is to be embedded. Raises CannotCarry for token ids, which only OpenAI's own models have."""
    texts = [text for text in request.inputs if isinstance(text, str)]
    if len(texts) < len(request.inputs):
        position = next(at for at, text in enumerate(request.inputs) if not isinstance(text, str))
        raise CannotCarry(f"input[{position}]", f"{provider} takes texts, not token ids; send the text.")
    return texts


def is_text(file: File) -> bool:
    return bool(file.data) and (file.media_type.startswith("text/") or file.media_type in TEXT_TYPES)


def decoded(data: str, param: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError as error:
        raise CannotCarry(param, "The file's data is not base64 of UTF-8 text; encode it so.") from error
