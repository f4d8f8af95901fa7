from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.outbound import Quirks, Target
from addon.dialects import openai
from addon.dialects.openai_pictures import PICTURES, nearest_aspect
from addon.face.decode import decode
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.pictures import edit
from tests.forms import media_request


def sent(fit: str, model: str = "m", **body: Any) -> dict[str, Any]:
    """What the provider gets, without model and prompt."""
    request = media_request(Endpoint.IMAGES, model=model, prompt="a cat", **body)
    target = Target("https://x", "sk-fake", model, quirks=Quirks(pictures=fit))
    out = openai.DIALECT.codecs[Endpoint.IMAGES].build(request, target)
    document = json.loads(out.body)
    assert (document.pop("model"), document.pop("prompt")) == (model, "a cat")
    return document  # type: ignore[no-any-return]


OPENAIS_OWN = {"quality": "hd", "style": "vivid", "user": "u", "background": "auto", "moderation": "low"}
OPENAIS_OWN |= {"stream": True, "partial_images": 2}


@pytest.mark.parametrize(
    ("fit", "body", "document"),
    [
        (
            "together",
            {"size": "1024x768", "n": 2, "response_format": "b64_json", "steps": 4},
            {"n": 2, "response_format": "base64", "steps": 4, "width": 1024, "height": 768},
        ),
        ("together", {"size": "auto", "response_format": "url"}, {"response_format": "url"}),
        (
            "siliconflow",
            {"size": "1024x1024", "n": 2, "response_format": "url"},
            {"image_size": "1024x1024", "batch_size": 2},
        ),
        ("siliconflow", {"size": "1x1", "image_size": "512x512"}, {"image_size": "512x512"}),
        ("xai", {"size": "1792x1024", "n": 2}, {"n": 2, "aspect_ratio": "16:9"}),
        ("xai", {"size": "1792x1024", "aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
        ("xai", {}, {}),
        ("stepfun", {"size": "512x512", "n": 1, "seed": 3}, {"size": "512x512", "n": 1, "seed": 3}),
        ("together", {"n": 9}, {"n": 4}),
        ("siliconflow", {"n": 9, "size": "auto"}, {"batch_size": 4}),
        ("openrouter", {"size": "1024x1792", "n": 2, "response_format": "url"}, {"n": 2, "aspect_ratio": "9:16"}),
        ("openrouter", {"size": "auto", "aspect_ratio": "21:9"}, {"aspect_ratio": "21:9"}),
        ("seedream", {"size": "auto"}, {"watermark": False}),
        ("seedream", {"watermark": True, "n": 1}, {"watermark": True}),
        (
            "seedream",
            {"n": 3},
            {
                "sequential_image_generation": "auto",
                "sequential_image_generation_options": {"max_images": 3},
                "watermark": False,
            },
        ),
        (
            "seedream",
            {"n": 3, "sequential_image_generation": "disabled"},
            {"sequential_image_generation": "disabled", "watermark": False},
        ),
    ],
)
def test_a_request_is_fitted(fit: str, body: dict[str, Any], document: dict[str, Any]) -> None:
    kept = {"xai": {"user": "u"}, "openrouter": {"quality": "high", "background": "auto"}}
    assert sent(fit, **body, **OPENAIS_OWN) == document | kept.get(fit, {})


DALLE = {"response_format": "b64_json", "style": "vivid", "quality": "hd", "size": "1792x1024"}
GPT = {"background": "opaque", "output_format": "webp", "quality": "high", "size": "auto", "partial_images": 1}


@pytest.mark.parametrize(
    ("model", "body", "document"),
    [
        ("gpt-image-1.5", DALLE, {"quality": "high", "size": "1536x1024"}),
        ("gpt-image-1", {"size": "512x512", "quality": "standard"}, {"size": "1024x1024", "quality": "medium"}),
        ("chatgpt-image-latest", {"size": "1024x1792"}, {"size": "1024x1536"}),
        ("gpt-image-2", DALLE, {"quality": "high", "size": "1792x1024"}),
        ("gpt-image-2", {"size": "256x256"}, {"size": "1024x1024"}),
        ("gpt-image-2", GPT, GPT),
        ("dall-e-3", DALLE, DALLE),
        ("dall-e-3", {**GPT, "style": "natural"}, {"quality": "hd", "style": "natural"}),
        ("dall-e-3", {"quality": "low"}, {"quality": "standard"}),
        ("dall-e-2", {**DALLE, "size": "512x512"}, {"response_format": "b64_json", "size": "512x512"}),
        ("my-deployment", {**DALLE, **GPT}, {**DALLE, **GPT}),
    ],
)
def test_openais_two_families_get_their_own_words(model: str, body: dict[str, Any], document: dict[str, Any]) -> None:
    assert sent("openai", model, **body) == document


def test_a_form_is_fitted_as_a_document_is() -> None:
    form = edit(("image", "image/png"), response_format="b64_json", quality="hd", n="2")
    outbound = through_row(1, form, "gpt-image-1.5")
    fitted: Any = decode(Endpoint.IMAGE_EDITS, form.content_type, outbound.body)
    assert fitted.body == {"model": "gpt-image-1.5", "prompt": "a dog", "quality": "high", "n": "2"}
    assert fitted.uploads == form.uploads


@pytest.mark.parametrize(
    ("size", "larger"),
    [
        ("1024x1024", "2048x2048"),
        ("1792x1024", "2848x1600"),
        ("512x512", "2K"),
        ("2560x1440", "2560x1440"),
        ("4K", "4K"),
    ],
)
def test_the_larger_seedreams_draw_nothing_small(size: str, larger: str) -> None:
    assert sent("seedream", "doubao-seedream-4-5-251128", size=size)["size"] == larger
    assert sent("seedream", "doubao-seedream-3-0-t2i", size=size)["size"] == size


@pytest.mark.parametrize(
    ("size", "aspect"),
    [((1024, 1024), "1:1"), ((1024, 1792), "9:16"), ((1024, 768), "4:3"), ((1024, 512), "2:1"), ((1, 0), "1:1")],
)
def test_the_nearest_aspect(size: tuple[int, int], aspect: str) -> None:
    assert nearest_aspect(*size) == aspect


def test_rows_name_only_what_exists() -> None:
    named = {provider.quirks["pictures"] for provider in PROVIDERS.values() if "pictures" in provider.quirks}
    assert named <= set(PICTURES)
