"""Images in replies, in the shape that OpenRouter gave them; OpenAI's chat has none. Must not know providers."""

from __future__ import annotations

from typing import Any

from addon.canon.events import ImageMade


def image_document(image: ImageMade) -> dict[str, Any]:
    """An entry of `images`. The official client's accumulator refuses list entries without `index`."""
    return {"type": "image_url", "index": image.index, "image_url": {"url": image.url}}
