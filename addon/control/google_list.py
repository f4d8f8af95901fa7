"""Google's lists of models: Gemini's, and Vertex AI's of each publisher.

https://ai.google.dev/api/models, and google-genai's `models.list` for Vertex.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound, Target
from addon.control.listed import Listed, listed, rows
from addon.control.way import Documents, Way, get
from addon.dialects import gemini_request, vertex_access

METHODS = {"generateContent", "embedContent", "predict"}
"""What a dialect of ours asks of a model."""
PUBLISHERS = ("google", "anthropic")
KNOWN = ("gemini", "imagen", "text-embedding", "claude", "gemma")
"""How the names of models begin that answer without being deployed first."""


def gemini_page(target: Target, token: str = "") -> Outbound:
    more = f"&pageToken={quote(token, safe='')}" if token else ""
    url = f"{gemini_request.api_base(target)}/models?pageSize=1000{more}"
    return get(url, ("x-goog-api-key", target.key), headers=target.quirks.headers)


def next_gemini(target: Target, document: Any, count: int) -> FollowUp | None:
    token = document.get("nextPageToken")
    return FollowUp(gemini_page(target, str(token))) if token else None


def read_gemini(target: Target, documents: Documents) -> tuple[Listed, ...]:
    """A project without any model gets an empty object."""
    found = [row for document in documents if document for row in rows(document, "models")]
    return listed(str(row["name"]).removeprefix("models/") for row in found if answers(row))


def answers(row: dict[str, Any]) -> bool:
    methods = row.get("supportedGenerationMethods")
    return not isinstance(methods, list) or bool(METHODS.intersection(methods))


def vertex_page(target: Target, publisher: str, token: str = "") -> Outbound:
    access = vertex_access.access_of(target)
    secret = ("x-goog-api-key", access.api_key) if access.api_key else ("authorization", f"Bearer {target.minted}")
    # A user's credentials belong to no project: who pays for the question has to be said.
    payer = (("x-goog-user-project", access.project),) if access.project else ()
    more = f"&pageToken={quote(token, safe='')}" if token else ""
    base = vertex_access.api_base(target, access.region)
    return get(f"{base}/publishers/{publisher}/models?pageSize=200{more}", secret, headers=payer)


def next_vertex(target: Target, document: Any, count: int) -> FollowUp | None:
    """The next page of this publisher, or the first of the next one."""
    first = str((document.get("publisherModels") or [{}])[0].get("name") or f"publishers/{PUBLISHERS[-1]}/")
    publisher = first.split("/")[1]
    if token := document.get("nextPageToken"):
        return FollowUp(vertex_page(target, publisher, str(token)))
    following = PUBLISHERS[PUBLISHERS.index(publisher) + 1 :]
    return FollowUp(vertex_page(target, following[0])) if following else None


def read_vertex(target: Target, documents: Documents) -> tuple[Listed, ...]:
    found = [row for document in documents if document for row in rows(document, "publisherModels")]
    names = [str(row["name"]).rpartition("/")[2] for row in found]
    return listed(name for name in names if name.startswith(KNOWN))


def vertex_home(target: Target) -> str:
    return target.base_url or vertex_access.host(vertex_access.access_of(target).region)


GEMINI = (Way(lambda target: gemini_page(target), read_gemini, next_gemini),)
VERTEX = (Way(lambda target: vertex_page(target, PUBLISHERS[0]), read_vertex, next_vertex, vertex_home),)
