"""Pictures on Bedrock: Amazon's Titan and Nova Canvas, and Stability's models, each with a body for InvokeModel.

Facts: docs.aws.amazon.com/bedrock, model parameters for image models. Must not know how a request is sent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from addon.canon.drawing import Drawing, Original, fields, mask_of, mask_url, no_mask, picture_urls, pixels, the_bytes
from addon.canon.events import Ended, Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.masks import painted
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ImageRequest
from addon.dialects.openai_pictures import nearest_aspect

PROVIDER = "Bedrock"
STABILITY = "stability."
INPAINT = "inpaint"
"""Of Stability's models those that change a part of a picture; white is what changes, for Amazon's it is black."""
BLACK, WHITE = 0, 255
STABILITY_ASPECTS = ("1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
STRENGTH = 0.7
"""How far a changed picture may be from its original, of 1; the client may say it in `strength`."""
LEAST_LIKENESS = 0.2
AMAZON_AT_ONCE = 5
PREMIUM = ("hd", "high")

Document = dict[str, Any]


def document_for(request: Drawing, target: Target, number: int = 0) -> Document:
    """The body of the request behind `number` earlier ones."""
    given = [the_bytes(url, f"images[{at}]", PROVIDER) for at, url in enumerate(picture_urls(request))]
    if STABILITY in target.model:
        document = stability_document(request, given, INPAINT in target.model)
        # The same seed would draw the same picture again.
        return document | ({"seed": document["seed"] + number} if "seed" in document else {})
    return amazon_document(request, given, min(AMAZON_AT_ONCE, request.n - number * AMAZON_AT_ONCE))


def mask_in(request: Drawing, clear: int, solid: int) -> str:
    """The mask with these greys, "" if there is none. Raises CannotCarry for one that cannot be turned into it."""
    mask = mask_of(request, PROVIDER)
    if mask is None:
        return ""
    try:
        return base64.b64encode(painted(base64.b64decode(mask.data), clear, solid)).decode()
    except ValueError as reason:
        raise CannotCarry("mask", f"{reason}.") from None


def wants_more(request: Drawing, target: Target, count: int) -> bool:
    """Whether `count` replies are not enough: Stability draws one at a time, Amazon five."""
    return count * (1 if STABILITY in target.model else AMAZON_AT_ONCE) < request.n


def amazon_document(request: Drawing, given: list[Original], number: int) -> Document:
    config: Document = {"numberOfImages": number}
    size = pixels(request)
    if size is not None:
        config["width"], config["height"] = size
    if request.quality in PREMIUM:
        config["quality"] = "premium"
    config |= seeded(request)
    params: Document = {**({"text": request.prompt} if request.prompt else {}), **negative("negativeText", request)}
    mask = mask_in(request, BLACK, WHITE)
    if given and mask:
        params |= {"image": given[0].data, "maskImage": mask}
        # The picture has its size.
        config = {name: value for name, value in config.items() if name not in ("width", "height")}
        return {"taskType": "INPAINTING", "inPaintingParams": params, "imageGenerationConfig": config}
    if given:
        params |= {"images": [one.data for one in given], "similarityStrength": likeness(request)}
        return {"taskType": "IMAGE_VARIATION", "imageVariationParams": params, "imageGenerationConfig": config}
    return {"taskType": "TEXT_IMAGE", "textToImageParams": params, "imageGenerationConfig": config}


def stability_document(request: Drawing, given: list[Original], inpaints: bool) -> Document:
    if not request.prompt:
        raise CannotCarry("model", "Stability's models want to be told what to draw; ask for images/edits.")
    document: Document = {"prompt": request.prompt, **negative("negative_prompt", request), **seeded(request)}
    if fields(request).get("output_format") in ("png", "jpeg"):
        document["output_format"] = fields(request)["output_format"]
    if len(given) > 1:
        raise CannotCarry("image", "Stability's models change one picture at a time; send one.")
    if inpaints:
        mask = mask_in(request, WHITE, BLACK)
        return document | ({"image": given[0].data} if given else {}) | ({"mask": mask} if mask else {})
    if mask_url(request):
        raise no_mask("This model of Stability's")
    if given:
        return document | {"mode": "image-to-image", "image": given[0].data, "strength": strength(request)}
    size = pixels(request)
    return document | ({"aspect_ratio": nearest_aspect(*size, STABILITY_ASPECTS)} if size is not None else {})


def negative(name: str, request: Drawing) -> Document:
    """What shall not be in the picture, under the model's word for it."""
    asked = request.negative_prompt if isinstance(request, ImageRequest) else request.body.get("negative_prompt")
    return {name: asked} if asked and isinstance(asked, str) else {}


def seeded(request: Drawing) -> Document:
    seed = fields(request).get("seed")
    return {"seed": seed} if isinstance(seed, int) else {}


def likeness(request: Drawing) -> float:
    """How near a varied picture is to its original, of 1; Amazon's least is a fifth."""
    return max(round(1 - strength(request), 2), LEAST_LIKENESS)


def strength(request: Drawing) -> float:
    try:
        return min(max(float(request.body["strength"]), 0.0), 1.0)
    except (KeyError, TypeError, ValueError):
        return STRENGTH


def reply_events(body: bytes) -> Iterator[Event]:
    """The pictures of one reply, or of an array of them, numbered through. None at all is a filter's doing."""
    found = json.loads(body)
    documents: list[Document] = found if isinstance(found, list) else [found]
    made = [picture for document in documents for picture in document.get("images") or ()]
    if not made:
        reason = next(filter(None, map(refusal_of, documents)), "Bedrock drew nothing and does not say why.")
        yield Failed(Fault(FaultKind.CONTENT_FILTER, 400, reason, "invalid_request_error", "content_policy_violation"))
        return
    yield Started()
    for index, data in enumerate(made):
        yield PictureMade(index, data=data)
    yield UsageReported(Usage(images=len(made)))
    yield Ended()


def refusal_of(document: Document) -> str:
    """Amazon's `error`, Stability's reasons; "" if nobody says."""
    return str(document.get("error") or next(filter(None, document.get("finish_reasons") or ()), ""))
