"""Claude at other clouds (Bedrock, Vertex): Anthropic's body without what only its own API can do.

Facts: platform.claude.com, Claude on Amazon Bedrock and on Vertex AI. Must not know how a request gets there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, File, Image
from addon.dialects.anthropic_request import chat_document


def hosted_document(request: ChatRequest, target: Target, version: str) -> dict[str, Any]:
    """The body; the model stands in the address, and the version in here. `version` is the cloud's own."""
    for param in addressed(request):
        raise CannotCarry(param, "This cloud's Claude fetches nothing; send the content itself as a data URL (base64).")
    # An API version of the channel's is the cloud's, not Anthropic's.
    document = chat_document(request, replace(target, config={}))
    document.pop("service_tier", None)
    return {"anthropic_version": version, **document}


def addressed(request: ChatRequest) -> Iterator[str]:
    """The paths of parts that say where their content is instead of holding it."""
    for message in request.messages:
        for position, part in enumerate(message.parts):
            if (isinstance(part, Image) and not part.data) or (
                isinstance(part, File) and (part.file_id or part.url) and not part.data
            ):
                yield f"{message.param}.content[{position}]"
