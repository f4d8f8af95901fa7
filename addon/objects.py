"""Files, batches and fine-tuning jobs: each stays at the channel where it was made, and with the user who made it.

Must not know mitmproxy. The database is asked in threads: this is not the hot path.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from addon.admission import Caller, permit
from addon.canon.raw import RawRequest
from addon.canon.request import Endpoint
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.face.bad_request import BadRequest
from addon.face.decode import unpack_body
from addon.named_files import in_batch
from addon.passing import opened, passed, reachable, unlimited
from addon.plan import Candidate, candidate, in_order, pinned
from addon.reception import Arrival, identified, record
from addon.services import Services
from rules.objects import ObjectStore
from rules.values import Channel

PLACE = re.compile(r"^/(?P<kind>files|batches|fine_tuning/jobs)(?:/(?P<id>[^/]+)(?:/(?P<act>[a-z]+))?)?$")
ACTS = {
    "files": {"content": "GET"},
    "batches": {"cancel": "POST"},
    "fine_tuning/jobs": {"cancel": "POST", "pause": "POST", "resume": "POST", "events": "GET", "checkpoints": "GET"},
}
PARENTS = {"files": (), "batches": ("input_file_id",), "fine_tuning/jobs": ("training_file", "validation_file")}
"""What a new object is made of: it goes where those are."""
PRODUCTS = ("id", "output_file_id", "error_file_id")
"""What a reply about an object of the caller's names that is the caller's as well; `result_files` is a list of such."""
CONTENT, LISTED = "content", ("events", "checkpoints")


@dataclass(frozen=True, slots=True)
class Place:
    """`/files/ID/content`: `id` is "" for the collection, `act` for the object itself."""

    kind: str
    id: str
    act: str


async def receive_object(services: Services, visit: Visit, arrival: Arrival) -> Refusal | None:
    """Makes `visit.exchange` ready, or says why not."""
    caller = identified(services, visit, arrival)
    if isinstance(caller, Refusal):
        return caller
    place = place_of(visit.route.method, visit.route.rest.partition("?")[0])
    refusal: Refusal | None
    if place is None:
        path = visit.route.rest.partition("?")[0]
        refusal = Refusal(404, f"Invalid URL ({visit.route.method} /v1{path})", type="invalid_request_error", param="")
        return record(services, visit, caller, Endpoint.FILES.value, False, refusal)
    refusal = unlimited(caller) or await admit_object(services, visit, caller, arrival, place)
    return record(services, visit, caller, place.kind, False, refusal) if refusal else None


def place_of(method: str, path: str) -> Place | None:
    """None where there is nothing of the kind."""
    found = PLACE.match(path)
    if found is None:
        return None
    place = Place(found["kind"], found["id"] or "", found["act"] or "")
    if place.act:
        return place if ACTS[place.kind].get(place.act) == method else None
    return place if method in (("GET", "DELETE") if place.id else ("GET", "POST")) else None


async def admit_object(
    services: Services, visit: Visit, caller: Caller, arrival: Arrival, place: Place
) -> Refusal | None:
    store = ObjectStore(services.database)
    request = request_of(visit, arrival, place)
    if isinstance(request, Refusal):
        return request
    if refusal := permit(caller, str(request.body.get("model") or "")):
        return refusal
    needed = await needed_by(arrival, request, place)
    if isinstance(needed, Refusal):
        return needed
    places = await asyncio.to_thread(store.places, caller.user.id, [one for one in needed if isinstance(one, str)])
    for one in needed:
        if not isinstance(one, str) or one not in places:
            return missing(place, str(one))
    if len({*places.values()}) > 1:
        return Refusal(400, "the files are at different providers: upload them again", type="invalid_request_error")
    latest = None if places else await asyncio.to_thread(store.latest_channel, caller.user.id)
    candidates = candidates_of(services, caller, place, next(iter(places.values()), None), latest)
    if isinstance(candidates, Refusal):
        return candidates
    exchange = opened(services, visit, caller, request, candidates)
    if request.held:
        exchange.finish = lambda body: finished(store, exchange, place, body)
    visit.exchange = exchange
    return None


async def needed_by(arrival: Arrival, request: RawRequest, place: Place) -> list[Any] | Refusal:
    """What must be the caller's own: the object, what a new one is made of, what the lines of a batch name."""
    if place.id:
        return [place.id]
    if place.kind != "files" or request.method != "POST":
        return [one for one in map(request.body.get, PARENTS[place.kind]) if one]
    try:
        raw = unpack_body(arrival.headers.get("content-encoding", ""), arrival.body)
        return list(await asyncio.to_thread(in_batch, arrival.headers.get("content-type", ""), raw))
    except ValueError as error:
        said = error.message if isinstance(error, BadRequest) else str(error)
        return Refusal(400, said, type="invalid_request_error")


def request_of(visit: Visit, arrival: Arrival, place: Place) -> RawRequest | Refusal:
    """The client's request. A document that makes something is written anew: what we read is what is sent."""
    request = passed(visit, arrival, Endpoint.FILES, place.kind)
    kept = [pair for pair in request.query.split("&") if not pair.startswith("api-version=")]
    request = replace(request, query="&".join(kept), held=place.act != CONTENT)
    if visit.route.method != "POST" or place.id or not PARENTS[place.kind]:
        return request
    try:
        document = json.loads(unpack_body(arrival.headers.get("content-encoding", ""), arrival.body))
    except (ValueError, RecursionError) as error:
        said = error.message if isinstance(error, BadRequest) else "the body is not valid JSON"
        return Refusal(400, said, type="invalid_request_error")
    if not isinstance(document, dict):
        return Refusal(400, "the body must be a JSON object", type="invalid_request_error")
    headers = tuple(pair for pair in request.headers if pair[0] != "content-encoding")
    return replace(request, headers=headers, raw=json.dumps(document).encode(), body=document)


def missing(place: Place, object_id: str) -> Refusal:
    """As OpenAI says it; nothing is told of what is somebody else's."""
    if place.id and place.kind != "files":
        return Refusal(404, f"No such {place.kind} object: {object_id}", type="invalid_request_error", param="id")
    return Refusal(404, f"No such File object: {object_id}", type="invalid_request_error", param="id")


def candidates_of(
    services: Services, caller: Caller, place: Place, fixed: int | None, latest: int | None
) -> tuple[Candidate, ...] | Refusal:
    """The one channel where the object is; else all that have files, that of the user's newest object first."""
    snapshot = services.snapshots.current
    channels: tuple[Channel, ...] | Refusal
    if fixed is not None:
        one = reachable(snapshot, caller, str(fixed))
        if isinstance(one, Refusal):
            return missing(place, place.id) if one.status == 400 else one
        channels = (one,)
    elif caller.pinned is not None:
        channels = pinned(snapshot, caller)
    else:
        channels = snapshot.channels_of(caller.user.group)
    if isinstance(channels, Refusal):
        return channels
    now = int(time.time())
    found = [
        candidate(snapshot, caller, one, Endpoint.FILES, place.kind, services.means, now)
        for one in in_order(channels, services.rng)
    ]
    able = sorted((one for one in found if one is not None), key=lambda one: one.channel.id != latest)
    return tuple(able) or Refusal(
        501,
        f"no channel of group {caller.user.group} has /v1/{place.kind}: it takes one of type OpenAI or Azure",
        code="api_not_implemented",
    )


def finished(store: ObjectStore, exchange: Exchange, place: Place, body: bytes) -> bytes:
    """What the client gets of a whole reply, after the books know of it. Blocks. Raises ValueError on garbage."""
    assert exchange.served is not None
    assert isinstance(exchange.request, RawRequest)
    user, channel = exchange.caller.user.id, exchange.served[0].candidate.channel.id
    pages = json.loads(body)
    if not isinstance(pages, list) or not pages or not all(isinstance(page, dict) for page in pages):
        raise ValueError("a reply that is no JSON object")
    document = pages[-1]
    if place.act in LISTED:
        return written(document)
    if not place.id and exchange.request.method == "GET":
        return written(own_list(store, user, channel, pages, asked_for(exchange.request)))
    if document.get("deleted") is True:
        store.forget(user, place.id)
    else:
        store.remember(user, channel, products(document))
    return written(document)


def written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def asked_for(request: RawRequest) -> int | None:
    """How many the client wants at once."""
    found = re.search(r"(?:^|&)limit=(\d{1,5})(?:&|$)", request.query)
    return int(found[1]) if found else None


def own_list(
    store: ObjectStore, user: int, channel: int, pages: list[dict[str, Any]], limit: int | None = None
) -> dict[str, Any]:
    """One list of these pages, without what is somebody else's."""
    document, given = pages[-1], [one for page in pages for one in page.get("data") or ()]
    items = [one for one in given if isinstance(one, dict) and isinstance(one.get("id"), str)]
    mine = store.places(user, [one["id"] for one in items])
    own = [one for one in items if mine.get(one["id"]) == channel]
    kept = own[:limit]
    for one in kept:
        store.remember(user, channel, products(one))
    ends = {"first_id": kept[0]["id"] if kept else None, "last_id": kept[-1]["id"] if kept else None}
    if len(own) > len(kept):
        document = {**document, "has_more": True}
    return {**document, "data": kept, **{name: value for name, value in ends.items() if name in document}}


def products(document: dict[str, Any]) -> Iterator[str]:
    """The ids of an object of the caller's, and of the files that came of it."""
    results = document.get("result_files")
    named = [*map(document.get, PRODUCTS), *(results if isinstance(results, list) else ())]
    for one in named:
        if isinstance(one, dict):
            one = one.get("id")
        if isinstance(one, str):
            yield one
