"""Keys that cannot be good, told before anything is sent. Must not know any provider: its forms are arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from addon.canon.codec import BadKey, Codec
from addon.canon.endpoint import Endpoint
from addon.canon.outbound import Outbound, Target


def guarded(codecs: Mapping[Endpoint, Codec], wrong: str, form: str) -> dict[Endpoint, Codec]:
    """The codecs of a cloud that has access keys beside its API keys. They raise BadKey with `form`, a sentence, for a
    key that begins with `wrong`, or that is a pair."""
    return {endpoint: replace(codec, build=_guard(codec.build, wrong, form)) for endpoint, codec in codecs.items()}


def _guard(build: Callable[[Any, Target], Outbound], wrong: str, form: str) -> Callable[[Any, Target], Outbound]:
    def guard(request: Any, target: Target) -> Outbound:
        if target.key.startswith(wrong) or "|" in target.key:
            raise BadKey(form)
        return build(request, target)

    return guard
