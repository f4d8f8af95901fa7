"""What a picture model refuses, said before anything is sent: size, prompt, number (One API's checks, A9.40-43).

By the upstream model: a channel that maps dall-e-3 to something else is not bound to dall-e-3's sizes.
Must not know channels.
"""

from __future__ import annotations

from addon.canon.endpoint import Endpoint
from addon.canon.request import CannotCarry, FormRequest, ImageRequest, Request
from rules.pictures import MODELS

PICTURES = (Endpoint.IMAGES, Endpoint.IMAGE_EDITS, Endpoint.IMAGE_VARIATIONS)


def check_picture(request: Request, model: str) -> None:
    """Raises CannotCarry if `model` is known to refuse this request."""
    if not isinstance(request, ImageRequest | FormRequest) or request.endpoint not in PICTURES:
        return
    limits = MODELS.get(model)
    if limits is None:
        return
    if request.size not in ("", "auto") and limits.sizes and request.size not in limits.sizes:
        sizes = ", ".join(limits.sizes)
        raise CannotCarry("size", f"size not supported for {model}: use one of {sizes}", "size_not_supported")
    if limits.prompt and len(request.prompt) > limits.prompt:
        message = f"prompt is too long for {model}: at most {limits.prompt} characters, not {len(request.prompt)}"
        raise CannotCarry("prompt", message, "prompt_too_long")
    if limits.most and request.n > limits.most:
        raise CannotCarry("n", f"n must be between 1 and {limits.most} for {model}", "n_not_within_range")
