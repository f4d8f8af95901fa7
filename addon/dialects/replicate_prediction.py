"""Replicate's predictions: how one is made, asked after and followed, whatever the model does.

Must not know what is in an input or an output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from addon.canon.codec import BadKey, FollowUp
from addon.canon.dialogue import body_of
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry
from addon.dialects.plain_fault import fault_of

Json = dict[str, Any]
HOST = "api.replicate.com"
KEY = re.compile(r"r8_\w+|[0-9a-f]{40}", re.ASCII)
NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
VERSION = re.compile(r"(?:[\w.-]+/[\w.-]+:)?(?P<id>[0-9a-f]{40,64})", re.ASCII)
RUNNING = ("starting", "processing")
POLLS = 200
"""How often a prediction is asked after before it is given up."""
SLOWEST = 3.0
FILTERED = ("nsfw", "sensitive", "safety", "content policy", "moderation")


def created(target: Target, wanted: Mapping[str, Any], streamed: bool) -> Outbound:
    """A new prediction. One that is not streamed is waited for, as long as Replicate likes to."""
    if urlsplit(target.base_url).hostname == HOST and not KEY.fullmatch(target.key):
        raise BadKey("A Replicate key is an API token, r8_ and 37 more characters.")
    path, document = place(target.model)
    document |= {"input": wanted}
    headers = [("content-type", "application/json")]
    if streamed:
        document["stream"] = True
    else:
        headers.append(("prefer", "wait"))
    url = f"{api(target)}{path}"
    return Outbound("POST", url, tuple(headers), body_of(document), (("authorization", f"Bearer {target.key}"),))


def api(target: Target) -> str:
    return target.base_url.removesuffix("/v1") + "/v1"


def place(model: str) -> tuple[str, Json]:
    """Replicate's own models have an address; of all others a version is named."""
    version = VERSION.fullmatch(model)
    if version is not None:
        return "/predictions", {"version": version["id"]}
    if not NAME.fullmatch(model):
        raise CannotCarry("model", "Replicate's models are called owner/name, or owner/name:version; map this one.")
    return f"/models/{model}/predictions", {}


def poll(target: Target, prediction: Mapping[str, Any], count: int) -> FollowUp | None:
    """Asks after a prediction, at the channel's own address; less and less often, and not for ever."""
    if count > POLLS:
        return None
    address = f"{api(target)}/predictions/{prediction['id']}"
    return FollowUp(read_at(address, target), delay=min(0.5 * count, SLOWEST))


def read_at(address: str, target: Target, *headers: tuple[str, str]) -> Outbound:
    """The key goes to the channel's own host, and to Replicate's."""
    secrets = (("authorization", f"Bearer {target.key}"),) if is_known(address, target) else ()
    return Outbound("GET", address, headers, secrets=secrets)


def is_known(address: str, target: Target) -> bool:
    theirs, ours = urlsplit(address), urlsplit(target.base_url)
    if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc):
        return True
    own = theirs.scheme == "https" and (theirs.hostname or "").endswith(".replicate.com")
    return own and ours.hostname == HOST


def stream_address(prediction: Mapping[str, Any]) -> str:
    """Where the output is streamed; "" for a model that does not stream."""
    return str((prediction.get("urls") or {}).get("stream") or "")


def failure(prediction: Mapping[str, Any]) -> Fault | None:
    """Why there is no output, None if there is one."""
    status = prediction["status"]
    if status == "succeeded":
        return None
    error = str(prediction.get("error") or f"the prediction is {status}")
    filtered = status == "failed" and any(word in error.lower() for word in FILTERED)
    return fault_of(FaultKind.CONTENT_FILTER if filtered else FaultKind.SERVER_ERROR, error)
