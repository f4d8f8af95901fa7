"""Pictures of Baidu's Qianfan v1 (Stable Diffusion XL): several at once, as bytes only.

https://cloud.baidu.com/doc/WENXINWORKSHOP/s/Klkqubb9w. Must not know conversations nor addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.request import ImageRequest
from addon.dialects.baidu_fault import fault_in

Json = dict[str, Any]
MOST = 4
OWN = ("steps", "sampler_index", "cfg_scale")
"""Fields of its own that a client may send."""


def image_document(request: ImageRequest) -> Json:
    document: Json = {"prompt": request.prompt, "n": min(request.n, MOST)}
    document |= {name: request.body[name] for name in OWN if name in request.body}
    if request.negative_prompt:
        document["negative_prompt"] = request.negative_prompt
    if request.pixels is not None:
        document["size"] = request.size.lower()
    if request.seed is not None:
        document["seed"] = request.seed
    if request.user:
        document["user_id"] = request.user
    return document


def read_images(body: bytes) -> Iterator[Event]:
    """The pictures of a reply. Raises KeyError or ValueError for what is none."""
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(id=str(document.get("id") or ""), created=document.get("created"))
    made = [PictureMade(index, data=item["b64_image"]) for index, item in enumerate(document["data"])]
    yield from made
    yield UsageReported(Usage(images=len(made)))
