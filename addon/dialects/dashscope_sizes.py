"""The sizes in which Alibaba's models paint, and the one that comes nearest to what a client asked for.

Facts: help.aliyun.com/en/model-studio, the pages of each model. Must not know the rest of a request.
"""

from __future__ import annotations

import math
import re

Size = tuple[int, int]
MEASURE = re.compile(r"(\d+)[xX*](\d+)", re.ASCII)
LISTS: tuple[tuple[re.Pattern[str], tuple[Size, ...]], ...] = (
    (
        re.compile(r"qwen-image(?:-plus|-max)?(?:-\d{4}.*|-latest)?$"),
        ((1328, 1328), (1664, 928), (928, 1664), (1472, 1140), (1140, 1472)),
    ),
    (re.compile(r"wanx-v1"), ((1024, 1024), (720, 1280), (1280, 720), (768, 1152))),
    (
        re.compile(r"stable-diffusion"),
        ((1024, 1024), (512, 1024), (1024, 768), (576, 1024), (1024, 576)),
    ),
)
"""Models that paint in these sizes only."""
SIDES: tuple[tuple[re.Pattern[str], int, int], ...] = ((re.compile(r"wanx2|wan2\.[0-2]"), 512, 1440),)
"""Models with a least and a most for each side."""
AREAS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(r"wan2\.5"), 768 * 768, 1440 * 1440),
    (re.compile(r"wan2\.6"), 1280 * 1280, 1440 * 1440),
    (re.compile(r"wan2\.[7-9]"), 768 * 768, 2048 * 2048),
    (re.compile(r"qwen-image-(?:2|edit)"), 512 * 512, 2048 * 2048),
)
"""Models with a least and a most of pixels."""


def size_for(asked: str, model: str) -> str:
    """`WIDTH*HEIGHT`; "" where the model is to choose. What is no size (`1K`) is the client's business."""
    found = MEASURE.fullmatch(asked)
    if found is None:
        return "" if asked == "auto" else asked
    width, height = fitted((int(found[1]), int(found[2])), model)
    return f"{width}*{height}"


def fitted(asked: Size, model: str) -> Size:
    """The nearest size that the model paints, of the same shape."""
    if 0 in asked:
        return asked
    for names, sizes in LISTS:
        if names.match(model):
            return asked if asked in sizes else min(sizes, key=lambda size: abs(math.log(shape(size) / shape(asked))))
    for names, least, most in SIDES:
        if names.match(model):
            longest, shortest = max(asked), min(asked)
            scale = most / longest if longest > most else max(1.0, least / shortest)
            return scaled(asked, scale, least, most)
    for names, least, most in AREAS:
        if names.match(model):
            area = asked[0] * asked[1]
            return scaled(asked, math.sqrt(min(max(area, least), most) / area), 1, most)
    return asked


def shape(size: Size) -> float:
    return size[0] / size[1]


def scaled(size: Size, scale: float, least: int, most: int) -> Size:
    """Sides are multiples of eight, unless nothing has to change; what grows is not cut again, what shrinks is."""
    if scale == 1.0:
        return size
    whole = math.ceil if scale > 1 else math.floor
    width, height = (min(max(whole(round(side * scale / 8, 6)) * 8, least), most) for side in size)
    return width, height
