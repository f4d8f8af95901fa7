"""Google's pictures on Vertex AI and the Gemini API: the recorded replies, and requests as google-genai sends them.

A reply with a picture in it was never recorded whole: Imagen's and Gemini's are written from google-genai's readers.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Event, Failed, PictureMade, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import gemini, vertex
from addon.dialects.google_pictures import method_and_document, reply_events
from tests.addon.dialects.genai_traffic import PROJECT, sent_by_genai
from tests.addon.dialects.native import document, misfits
from tests.addon.dialects.pictures import PNG_64, edit, picture
from tests.recordings import Recording, cases

IMAGEN = Target("", "fake-api-key", "imagen-3.0-generate-002", config={"vertex_ai_project_id": "p"})
GEMINI = Target("https://generativelanguage.googleapis.com", "fake-google-key", "gemini-2.5-flash-image")


def asked(request: Any, target: Target, number: int = 0) -> tuple[str, Any]:
    method, found = method_and_document(request, target, number)
    found.pop("safetySettings", None)
    return method, found


@pytest.mark.parametrize("recording", cases(["vertex"], ["images"]))
def test_a_recorded_reply_is_read(recording: Recording) -> None:
    if recording.status != 200:
        fault = vertex.DIALECT.read_error(recording.status, recording.headers, recording.body)
        assert fault.kind is FaultKind.BAD_REQUEST
        assert fault.message == json.loads(recording.body)["error"]["message"]
        return
    wanted = [one for one in json.loads(recording.body)["predictions"] if "gcsUri" in one]
    events = list(reply_events(recording.body))
    pictures = [event for event in events if isinstance(event, PictureMade)]
    assert [(one.index, one.url, one.media_type) for one in pictures] == [
        (index, one["gcsUri"], one["mimeType"]) for index, one in enumerate(wanted)
    ]
    assert UsageReported(Usage(images=len(wanted))) in events


# -- Imagen -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "parameters"),
    [
        ({}, {"sampleCount": 1}),
        ({"n": 3, "size": "1024x1792"}, {"sampleCount": 3, "aspectRatio": "9:16"}),
        ({"size": "auto", "quality": "hd"}, {"sampleCount": 1}),
        ({"output_format": "jpeg"}, {"sampleCount": 1, "outputOptions": {"mimeType": "image/jpeg"}}),
        (
            {"seed": 5, "negative_prompt": "dogs"},
            {"sampleCount": 1, "seed": 5, "addWatermark": False, "negativePrompt": "dogs"},
        ),
    ],
)
def test_imagen_is_asked_for_predictions(fields: dict[str, Any], parameters: dict[str, Any]) -> None:
    assert asked(picture(**fields), IMAGEN) == (
        "predict",
        {"instances": [{"prompt": "a cat"}], "parameters": {"includeRaiReason": True, **parameters}},
    )


def test_imagen_changes_no_pictures() -> None:
    with pytest.raises(CannotCarry, match="Gemini") as told:
        asked(edit(("image", "image/png")), IMAGEN)
    assert told.value.param == "image"


def test_google_genai_asks_imagen_the_same_way() -> None:
    request = picture(n=3, size="1024x768", seed=5, negative_prompt="dogs", output_format="png")
    method, ours = asked(request, IMAGEN)
    config = {
        "number_of_images": 3,
        "aspect_ratio": "4:3",
        "seed": 5,
        "add_watermark": False,
        "negative_prompt": "dogs",
        "output_mime_type": "image/png",
        "include_rai_reason": True,
    }
    [(url, theirs)] = sent_by_genai(
        [(PROJECT, "generate_images", {"model": IMAGEN.model, "prompt": "a cat", "config": config})]
    )
    assert url.endswith(f"/publishers/google/models/{IMAGEN.model}:{method}")
    assert ours == theirs


# -- Gemini ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "size", "image"),
    [
        ("gemini-2.5-flash-image", "", None),
        ("gemini-2.5-flash-image", "1024x1024", {"aspectRatio": "1:1"}),
        ("gemini-2.5-flash-image", "4096x4096", {"aspectRatio": "1:1"}),
        ("gemini-3-pro-image", "2048x1152", {"aspectRatio": "16:9", "imageSize": "2K"}),
        ("gemini-3-pro-image", "4096x4096", {"aspectRatio": "1:1", "imageSize": "4K"}),
        ("gemini-3-pro-image", "1024x1024", {"aspectRatio": "1:1"}),
    ],
)
def test_gemini_draws_in_a_conversation(model: str, size: str, image: Any) -> None:
    method, found = asked(picture(size=size), Target("", "x", model))
    config = {"responseModalities": ["TEXT", "IMAGE"]} | ({"imageConfig": image} if image else {})
    assert method == "generateContent"
    assert found == {"contents": [{"role": "user", "parts": [{"text": "a cat"}]}], "generationConfig": config}


def test_gemini_changes_pictures() -> None:
    _, found = asked(edit(("image[]", "image/jpeg"), ("image[]", "")), GEMINI)
    assert found["contents"][0]["parts"] == [
        {"text": "a dog"},
        {"inlineData": {"mimeType": "image/jpeg", "data": PNG_64}},
        {"inlineData": {"mimeType": "image/png", "data": PNG_64}},
    ]


def test_documents_fit_the_request_types_of_the_sdk() -> None:
    requests = [picture(size="1024x1024"), edit(("image", "image/png"), size="4096x4096")]
    pro = Target("", "x", "gemini-3-pro-image")
    assert misfits([("gemini", method_and_document(request, pro)[1]) for request in requests]) == []


# -- replies --------------------------------------------------------------------------------------------------------


def read(*documents: Any) -> list[Event]:
    return list(reply_events(json.dumps(documents[0] if len(documents) == 1 else list(documents)).encode()))


def drawn(*parts: Any, tokens: int = 0, **fields: Any) -> dict[str, Any]:
    usage = {"promptTokenCount": 4, "candidatesTokenCount": tokens, "totalTokenCount": 4 + tokens}
    return {"candidates": [{"content": {"parts": list(parts)}, **fields}], "usageMetadata": usage}


INLINE = {"inlineData": {"mimeType": "image/png", "data": PNG_64}}


def test_imagens_bytes_and_better_prompt_are_read() -> None:
    made = {"mimeType": "image/png", "bytesBase64Encoded": PNG_64, "prompt": "a fluffy cat"}
    assert read({"predictions": [made]}, {"predictions": [made]})[1:3] == [
        PictureMade(index, data=PNG_64, revised_prompt="a fluffy cat", media_type="image/png") for index in (0, 1)
    ]


def test_what_gemini_draws_is_read_and_what_it_only_thinks_is_not() -> None:
    events = read(drawn({"text": "Here."}, INLINE | {"thought": True}, INLINE, tokens=1290), drawn(INLINE, tokens=10))
    assert [event for event in events if isinstance(event, PictureMade)] == [
        PictureMade(index, data=PNG_64, media_type="image/png") for index in (0, 1)
    ]
    [usage] = [event.usage for event in events if isinstance(event, UsageReported)]
    assert (usage.prompt, usage.completion, usage.total, usage.images) == (8, 1300, 1308, 2)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"predictions": [{"raiFilteredReason": "No cats."}]}, "No cats."),
        ({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "Unsafe."}}, "Unsafe."),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "SAFETY"),
        (drawn({"text": "I cannot."}, finishReason="STOP"), "I cannot."),
        (drawn(finishReason="IMAGE_SAFETY", finishMessage="Not this."), "Not this."),
        (drawn(finishReason="IMAGE_SAFETY"), "IMAGE_SAFETY"),
        ({}, "Google drew nothing and does not say why."),
    ],
)
def test_no_picture_at_all_is_a_filters_doing(reply: Any, said: str) -> None:
    [failed] = read(reply)
    assert isinstance(failed, Failed)
    assert (failed.fault.kind, failed.fault.status, failed.fault.message) == (FaultKind.CONTENT_FILTER, 400, said)


def test_an_error_in_a_good_reply_is_a_fault() -> None:
    [failed] = read({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}})
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.OVERLOADED


# -- both ways there ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", [Endpoint.IMAGES, Endpoint.IMAGE_EDITS])
def test_each_dialect_asks_until_there_are_enough(endpoint: Endpoint) -> None:
    root = "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/google/models"
    studio = "https://generativelanguage.googleapis.com/v1beta/models"
    request = picture(n=6)
    for dialect, target, url, rounds in (
        (vertex.DIALECT, IMAGEN, f"{root}/imagen-3.0-generate-002:predict", [4, 2]),
        (gemini.DIALECT, GEMINI, f"{studio}/gemini-2.5-flash-image:generateContent", [None] * 6),
    ):
        codec = dialect.codecs[endpoint]
        assert codec.follow_up is not None and codec.gathers
        sent = [codec.build(request, target)]
        while again := codec.follow_up(request, target, b"{}", len(sent)):
            sent.append(again.outbound)
        assert {one.url for one in sent} == {url}
        assert [document(one).get("parameters", {}).get("sampleCount") for one in sent] == rounds
        [made] = [
            event
            for event in codec.read_reply(request, target, json.dumps(drawn(INLINE)).encode())
            if isinstance(event, PictureMade)
        ]
        assert made.data == PNG_64
