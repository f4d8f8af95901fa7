"""Coze's bots, which stand for models: of each workspace that the token may see.

https://www.coze.com/docs/developer_guides/list_workspaces and published_bots_list; shapes as in cozepy.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound, Target
from addon.control.listed import Listed, rows
from addon.control.way import Documents, Told, Way, bearer, get

WORKSPACES = 15
"""So many are looked into."""


def ask(target: Target, path: str = "/v1/workspaces?page_num=1&page_size=50") -> Outbound:
    return get(target.base_url + path, bearer(target))


def more(target: Target, document: Any, count: int) -> FollowUp | None:
    """One request for the bots of each workspace."""
    if count > 1:
        return None
    chain: FollowUp | None = None
    for workspace in reversed(rows(data_of(document), "workspaces")[:WORKSPACES]):
        place = quote(str(workspace["id"]), safe="")
        bots = ask(target, f"/v1/space/published_bots_list?space_id={place}&page_index=1&page_size=100")
        chain = FollowUp(bots, then=chain)
    return chain


def read(target: Target, documents: Documents) -> tuple[Listed, ...]:
    _, *pages = [data_of(document) for document in documents]
    bots = [row for page in pages for row in rows(page, "space_bots")]
    return tuple(Listed(str(bot["bot_id"]), str(bot.get("bot_name") or "")) for bot in bots)


def data_of(document: Any) -> Any:
    """Raises Told: Coze refuses with status 200 as well."""
    if document.get("code"):
        raise Told(f"The provider says: {document.get('msg') or document['code']}")
    return document["data"]


COZE = (Way(lambda target: ask(target), read, more),)
