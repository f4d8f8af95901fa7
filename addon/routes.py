"""(host, method, path) -> Route: which requests are ours, and what they ask. A table, no I/O.

Must not know tokens or channels. Clients append `/v1` or not, double it, or double slashes: all of it works.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from addon.canon.endpoint import POSTED, Endpoint


class Kind(enum.Enum):
    RELAY = "relay"
    MODELS = "models"
    MODEL = "model"
    PREFLIGHT = "preflight"
    PROXY = "proxy"
    OBJECTS = "objects"
    UNIMPLEMENTED = "unimplemented"
    INVALID = "invalid"
    INTERNAL = "internal"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Route:
    """`endpoint` for RELAY; `model` for MODEL, and for Azure's paths, whose deployment is the model.

    `method` and `rest` (path and query) for what passes as it is, PROXY and OBJECTS; `channel` for PROXY.
    """

    kind: Kind
    endpoint: Endpoint | None = None
    model: str = ""
    method: str = ""
    rest: str = ""
    channel: str = ""


POST_ENDPOINTS = {endpoint.value: endpoint for endpoint in Endpoint if endpoint in POSTED}
BARE = re.compile(rf"^/({'|'.join(map(re.escape, POST_ENDPOINTS))}|realtime|models(/.+)?)/?$")
VERSIONED = re.compile(r"^(?:/v1)+(?:/(?P<rest>.*))?$")
PROXY = re.compile(r"^(?:/+v1)+/+oneapi/+proxy/+(?P<channel>[^/?]+)(?P<rest>[/?].*)?$")
OBJECTS = re.compile(r"^(?:files|batches|fine_tuning)(?:/|$)")
ENGINE = re.compile(r"^engines/(?P<model>[^/]+)/embeddings$")
AZURE_DEPLOYMENT = re.compile(r"^/openai/deployments/(?P<model>[^/]+)/(?P<rest>.+?)/?$")
AZURE_V1 = re.compile(r"^/openai(?P<rest>/v1/.+)$")
AZURE_REALTIME = "/openai/realtime"
AZURE_OBJECTS = re.compile(r"^/openai(?P<rest>/(?:files|batches|fine_tuning)(?:/.*)?)$")


def normalised(path: str) -> str:
    """The path without query, with single slashes."""
    return re.sub(r"/{2,}", "/", "/" + path.partition("?")[0])


def route_direct(method: str, path: str) -> Route:
    """For requests addressed to us: the base-URL door and the browser door."""
    if proxied := PROXY.match(path):
        return proxy_route(method, proxied)
    query, path = path.partition("?")[2], normalised(path)
    if path.startswith("/internal/"):
        return Route(Kind.INTERNAL)
    if BARE.match(path) and (method != "GET" or path.startswith(("/models", "/realtime"))):
        path = "/v1" + path
    return queried(route_api(method, path), query) or Route(Kind.PAGE)


def route_intercepted(method: str, path: str) -> Route:
    """For requests to a decrypted host: there is no page and nothing passes to the origin."""
    if proxied := PROXY.match(path):
        return proxy_route(method, proxied)
    return queried(route_api(method, normalised(path)), path.partition("?")[2]) or Route(Kind.INVALID)


def queried(route: Route | None, query: str) -> Route | None:
    """The route with the client's query, where that passes on."""
    return replace(route, rest=f"{route.rest}?{query}") if route and query and route.kind is Kind.OBJECTS else route


def proxy_route(method: str, found: re.Match[str]) -> Route:
    """The raw proxy: what follows the channel is the other server's, double slashes and all."""
    if method == "OPTIONS":
        return Route(Kind.PREFLIGHT)
    return Route(Kind.PROXY, method=method, rest=found["rest"] or "", channel=found["channel"])


def route_api(method: str, path: str) -> Route | None:
    """The API's routes, whatever the door; None when the path is not the API's."""
    if azure := AZURE_DEPLOYMENT.match(path):
        return api_route(method, azure["rest"], unquote(azure["model"]))
    if azure := AZURE_V1.match(path):
        path = azure["rest"]
    elif path.rstrip("/") == AZURE_REALTIME:
        path = "/v1/realtime"
    elif azure := AZURE_OBJECTS.match(path):
        path = "/v1" + azure["rest"]
    versioned = VERSIONED.match(path)
    return api_route(method, (versioned["rest"] or "").rstrip("/"), "") if versioned else None


def api_route(method: str, rest: str, model: str) -> Route:
    """`rest` is what follows `/v1/`."""
    if method == "OPTIONS":
        return Route(Kind.PREFLIGHT)
    if rest == "":
        return Route(Kind.INVALID)
    if engine := ENGINE.match(rest):
        rest, model = "embeddings", unquote(engine["model"])
    if rest in POST_ENDPOINTS:
        if method != "POST":
            return Route(Kind.INVALID)
        return Route(Kind.RELAY, POST_ENDPOINTS[rest], model)
    if rest == Endpoint.REALTIME and method == "GET":
        return Route(Kind.RELAY, Endpoint.REALTIME)
    if OBJECTS.match(rest):
        return Route(Kind.OBJECTS, method=method, rest=f"/{rest}")
    if rest == "models" and method in ("GET", "HEAD"):
        return Route(Kind.MODELS)
    if rest.startswith("models/") and method in ("GET", "HEAD"):
        return Route(Kind.MODEL, model=unquote(rest.removeprefix("models/")))
    return Route(Kind.UNIMPLEMENTED)
