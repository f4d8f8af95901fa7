"""Google's pictures: Imagen's `predict`, and the Gemini models that draw, on Vertex AI and the Gemini API.

Facts: google-genai's types, ai.google.dev/gemini-api/docs/image-generation. Must not know how a request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from addon.canon.drawing import originals, pixels
from addon.canon.events import Ended, Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, FormRequest, ImageRequest
from addon.dialects.gemini_fault import fault_of
from addon.dialects.gemini_reply import usage_of
from addon.dialects.gemini_request import safety_settings
from addon.dialects.openai_pictures import nearest_aspect

IMAGEN = "imagen"
IMAGEN_ASPECTS = ("1:1", "3:4", "4:3", "9:16", "16:9")
IMAGEN_AT_ONCE = 4
GEMINI_ASPECTS = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
SIZED = "gemini-3"
"""Since these the size is a knob."""
SIZES = ((3000, "4K"), (1500, "2K"))
"""The longest side from which on a picture is large."""
FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg"}

Document = Mapping[str, Any]
Drawing = ImageRequest | FormRequest


def method_and_document(request: Drawing, target: Target, number: int = 0) -> tuple[str, dict[str, Any]]:
    """The request behind `number` earlier ones."""
    if IMAGEN in target.model.lower():
        return "predict", imagen_document(request, min(IMAGEN_AT_ONCE, request.n - number * IMAGEN_AT_ONCE))
    return "generateContent", gemini_document(request, target)


def wants_more(request: Drawing, target: Target, count: int) -> bool:
    """Whether `count` replies are not enough: Imagen draws four at once, Gemini one."""
    return count * (IMAGEN_AT_ONCE if IMAGEN in target.model.lower() else 1) < request.n


def imagen_document(request: Drawing, number: int) -> dict[str, Any]:
    if originals(request, "Imagen"):
        raise CannotCarry("image", "Imagen draws new pictures only; use a Gemini model that draws to change one.")
    parameters: dict[str, Any] = {"sampleCount": number, "includeRaiReason": True}
    size = pixels(request)
    if size is not None:
        parameters["aspectRatio"] = nearest_aspect(*size, IMAGEN_ASPECTS)
    if isinstance(request, ImageRequest):
        if request.negative_prompt:
            parameters["negativePrompt"] = request.negative_prompt
        if request.output_format in FORMATS:
            parameters["outputOptions"] = {"mimeType": FORMATS[request.output_format]}
        if request.seed is not None:
            # A watermark would make each picture another one: Google refuses both together.
            parameters |= {"seed": request.seed, "addWatermark": False}
    return {"instances": [{"prompt": request.prompt}], "parameters": parameters}


def gemini_document(request: Drawing, target: Target) -> dict[str, Any]:
    pictures = [{"inlineData": {"mimeType": one.media_type, "data": one.data}} for one in originals(request, "Gemini")]
    config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]}
    size = pixels(request)
    if size is not None:
        image = {"aspectRatio": nearest_aspect(*size, GEMINI_ASPECTS)}
        word = next((word for least, word in SIZES if max(size) >= least), "")
        config["imageConfig"] = image | ({"imageSize": word} if word and SIZED in target.model else {})
    document = {
        "contents": [{"role": "user", "parts": [{"text": request.prompt}, *pictures]}],
        "generationConfig": config,
        "safetySettings": safety_settings(target),
    }
    return {name: value for name, value in document.items() if value}


def reply_events(body: bytes) -> Iterator[Event]:
    """The pictures of one reply, or of an array of them, numbered through. None at all is a filter's doing."""
    found = json.loads(body)
    documents: list[Document] = found if isinstance(found, list) else [found]
    for document in documents:
        if "error" in document:
            yield Failed(fault_of(document))
            return
    made = [picture for document in documents for picture in pictures_of(document)]
    if not made:
        reason = next(filter(None, map(refusal_of, documents)), "Google drew nothing and does not say why.")
        yield Failed(Fault(FaultKind.CONTENT_FILTER, 400, reason, "invalid_request_error", "content_policy_violation"))
        return
    yield Started()
    for index, picture in enumerate(made):
        yield replace(picture, index=index)
    yield UsageReported(replace(counted(documents), images=len(made)))
    yield Ended()


def pictures_of(document: Document) -> Iterator[PictureMade]:
    """Imagen's predictions, or the drawn parts of Gemini's candidates; what was only drawn in thought is left out."""
    for one in document.get("predictions") or ():
        if "bytesBase64Encoded" in one or "gcsUri" in one:
            yield PictureMade(
                0,
                url=one.get("gcsUri") or "",
                data=one.get("bytesBase64Encoded") or "",
                revised_prompt=one.get("prompt") or "",
                media_type=one.get("mimeType") or "",
            )
    for part in parts_of(document):
        inline = part.get("inlineData") or {}
        if inline.get("mimeType", "").startswith("image/") and not part.get("thought"):
            yield PictureMade(0, data=inline["data"], media_type=inline["mimeType"])


def parts_of(document: Document) -> Iterator[Document]:
    for candidate in document.get("candidates") or ():
        yield from (candidate.get("content") or {}).get("parts") or ()


def refusal_of(document: Document) -> str:
    """Why there is no picture, "" if nobody says."""
    said = [one.get("raiFilteredReason") for one in document.get("predictions") or ()]
    feedback = document.get("promptFeedback") or {}
    said += [feedback.get("blockReasonMessage"), feedback.get("blockReason")]
    for candidate in document.get("candidates") or ():
        said += [candidate.get("finishMessage")]
    said += [part.get("text") for part in parts_of(document) if not part.get("thought")]
    said += [candidate.get("finishReason") for candidate in document.get("candidates") or ()]
    return str(next(filter(None, said), ""))


def counted(documents: Iterable[Document]) -> Usage:
    """The tokens of all replies together; Imagen counts none."""
    usages = [usage_of(document["usageMetadata"]) for document in documents if document.get("usageMetadata")]
    sums: dict[str, Any] = {}
    for field in fields(Usage):
        told = [value for usage in usages if (value := getattr(usage, field.name)) is not None]
        sums[field.name] = sum(told) if told else None
    return Usage(**sums)
