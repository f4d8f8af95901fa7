"""The sizes of Alibaba's pictures."""

from __future__ import annotations

import pytest

from addon.dialects.dashscope_sizes import size_for


@pytest.mark.parametrize(
    ("model", "asked", "size"),
    [
        ("wan2.9-future", "1024x1024", "1024*1024"),
        ("wan2.9-future", "", ""),
        ("wan2.9-future", "auto", ""),
        ("wan2.7-image", "2K", "2K"),
        ("wan2.7-image", "512x512", "768*768"),
        ("qwen-image", "1024x1024", "1328*1328"),
        ("qwen-image-plus", "1792x1024", "1664*928"),
        ("qwen-image-max", "1024x1792", "928*1664"),
        ("qwen-image-plus-2026-01-09", "1536x1024", "1472*1140"),
        ("qwen-image", "928*1664", "928*1664"),
        ("qwen-image-2.0", "1024x1024", "1024*1024"),
        ("qwen-image-2.0-pro", "4096x4096", "2048*2048"),
        ("qwen-image-edit-plus", "256x256", "512*512"),
        ("wanx-v1", "1792x1024", "1280*720"),
        ("wanx-v1", "720x1280", "720*1280"),
        ("stable-diffusion-xl", "1792x1024", "1024*576"),
        ("wanx2.1-t2i-turbo", "1024x1024", "1024*1024"),
        ("wanx2.1-t2i-turbo", "1792x1024", "1440*816"),
        ("wan2.2-t2i-flash", "256x256", "512*512"),
        ("wan2.2-t2i-flash", "256x512", "512*1024"),
        ("wan2.2-t2i-flash", "4000x100", "1440*512"),
        ("wan2.5-t2i-preview", "1024x1024", "1024*1024"),
        ("wan2.5-t2i-preview", "1792x1792", "1440*1440"),
        ("wan2.6-t2i", "1024x1024", "1280*1280"),
        ("wan2.6-t2i", "1792x1024", "1792*1024"),
        ("wan2.6-t2i", "0x512", "0*512"),
        ("flux-dev", "640X480", "640*480"),
    ],
)
def test_the_size_that_comes_nearest(model: str, asked: str, size: str) -> None:
    assert size_for(asked, model) == size


@pytest.mark.parametrize(("model", "least", "most"), [("wan2.5-x", 768**2, 1440**2), ("wan2.6-x", 1280**2, 1440**2)])
def test_an_area_is_kept_to_whatever_the_shape(model: str, least: int, most: int) -> None:
    for width in range(256, 4096, 173):
        for height in range(width // 3, width * 3, 211):
            wide, _, high = size_for(f"{width}x{height}", model).partition("*")
            assert least <= int(wide) * int(high) <= most, (width, height)
