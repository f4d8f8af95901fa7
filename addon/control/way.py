"""One way of asking a provider something about a channel: as a codec, so that the relay sends it like any request.

Must not know any provider, nor what is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from addon.canon.codec import Codec, FollowUp
from addon.canon.endpoint import Endpoint
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.canon.request import CannotCarry

Found = TypeVar("Found")
Documents = Sequence[Any]

LIMIT = 8 * 1024 * 1024
"""Bytes of one reply. OpenRouter's list, the longest, has about one million."""
PAGES = 20
"""Replies of one question."""
JSON_ONLY = (("accept", "application/json"),)
REQUEST = RawRequest(Endpoint.PROXY, "GET", "", held=True)
"""Stands for a question on its way through the relay: nobody's document, read whole."""


class Told(ValueError):
    """The provider said no in a good reply. The message is the provider's own."""


@dataclass(frozen=True, slots=True)
class Way(Generic[Found]):
    """How something is asked.

    ask(target) -> the first request. Raises BadKey, or CannotCarry where this channel cannot be asked.
    read(target, documents) -> what was asked for, from all replies, parsed. Raises Told, or ValueError and LookupError
        on garbage.
    more(target, document, count) -> the request that follows the latest reply (the `count`th, from 1), or None.
    home(target) -> the base URL whose origin alone is asked; the channel's, unless its dialect sends elsewhere too.
    """

    ask: Callable[[Target], Outbound]
    read: Callable[[Target, Documents], Found]
    more: Callable[[Target, Any, int], FollowUp | None] | None = None
    home: Callable[[Target], str] = lambda target: target.base_url


def codec_of(way: Way[Found]) -> Codec:
    """The codec that asks so. Its reply is the array of all documents, which `found` reads."""

    def build(request: RawRequest, target: Target) -> Outbound:
        return kept(way.ask(target), target, way)

    def follow_up(request: RawRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
        if way.more is None or count >= PAGES or len(body) > LIMIT:
            return None
        following = way.more(target, json.loads(body), count)
        link = following
        while link is not None:
            kept(link.outbound, target, way)
            link = link.then
        return following

    return Codec(build=build, reader=None, read_reply=unmetered, raw=True, follow_up=follow_up, gathers=True)


def unmetered(request: RawRequest, target: Target, body: bytes) -> Iterable[Event]:
    """Nothing that a meter could use."""
    return ()


def kept(outbound: Outbound, target: Target, way: Way[Found]) -> Outbound:
    """The request, if it goes to the channel's own origin. Raises CannotCarry: the key is nobody else's business."""
    if origin(outbound.url) != origin(way.home(target)):
        raise CannotCarry("base_url", "This would be asked at an address that is not the channel's; it was not sent.")
    return outbound


def origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def found(way: Way[Found], target: Target, body: bytes) -> Found:
    """What the replies say. Raises Told, with the provider's reason or ours."""
    if len(body) > 2 * LIMIT:
        raise Told("The provider's reply is longer than anything of this kind should be.")
    try:
        # Amounts of money are not floats on their way here.
        return way.read(target, [refused(document) for document in json.loads(body, parse_float=Decimal)])
    except Told:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise Told("The provider's reply is not in the form that its documentation gives.") from None


def refused(document: Any) -> Any:
    """The document, unless it is an error with a good status. Raises Told."""
    if not isinstance(document, dict):
        return document
    error = document.get("error")
    if isinstance(error, dict):
        error = error.get("message") or error.get("code")
    base = document.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        error = base.get("status_msg") or base["status_code"]
    if error is None and document.get("success") is False:
        error = document.get("message") or document.get("errors") or "no reason given"
    if error:
        raise Told(f"The provider says: {error}"[:600])
    return document


def get(url: str, *secrets: tuple[str, str], headers: tuple[tuple[str, str], ...] = ()) -> Outbound:
    return Outbound("GET", url, (*JSON_ONLY, *headers), secrets=secrets)


def bearer(target: Target) -> tuple[str, str]:
    return ("authorization", f"Bearer {target.minted or target.key}")


def above(base_url: str, *ends: str) -> str:
    """The base URL without the ending that operators copy along, if it has one of these."""
    return next((base_url.removesuffix(end) for end in ends if base_url.endswith(end)), base_url)
