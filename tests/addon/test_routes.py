import pytest

from addon.canon.request import Endpoint
from addon.routes import Kind, Route, route_direct, route_intercepted

CHAT = Route(Kind.RELAY, Endpoint.CHAT)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/chat/completions",
        "/v1/v1/chat/completions",
        "//v1//chat//completions",
        "/v1/chat/completions/",
        "/v1/chat/completions?api-version=1",
        "/openai/v1/chat/completions",
    ],
)
def test_direct_chat_whatever_the_base_url(path: str) -> None:
    assert route_direct("POST", path) == CHAT


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/completions", Route(Kind.RELAY, Endpoint.COMPLETIONS)),
        ("POST", "/v1/embeddings", Route(Kind.RELAY, Endpoint.EMBEDDINGS)),
        (
            "POST",
            "/v1/engines/text-embedding-3-small/embeddings",
            Route(Kind.RELAY, Endpoint.EMBEDDINGS, "text-embedding-3-small"),
        ),
        ("GET", "/v1/models", Route(Kind.MODELS)),
        ("GET", "/models", Route(Kind.MODELS)),
        ("GET", "/v1/models/org%2Fname/x", Route(Kind.MODEL, model="org/name/x")),
        ("OPTIONS", "/v1/chat/completions", Route(Kind.PREFLIGHT)),
        ("POST", "/v1/assistants", Route(Kind.UNIMPLEMENTED)),
        ("DELETE", "/v1/models/x", Route(Kind.UNIMPLEMENTED)),
        ("GET", "/v1/chat/completions", Route(Kind.INVALID)),
        ("GET", "/v1", Route(Kind.INVALID)),
        ("GET", "/v1/", Route(Kind.INVALID)),
        ("POST", "/internal/test", Route(Kind.INTERNAL)),
        ("GET", "/", Route(Kind.PAGE)),
        ("GET", "/channels", Route(Kind.PAGE)),
        ("POST", "/api/user/login", Route(Kind.PAGE)),
        ("GET", "/completions", Route(Kind.PAGE)),
        ("GET", "/v1beta/models", Route(Kind.PAGE)),
        (
            "POST",
            "/openai/deployments/gpt%2D4o/chat/completions?api-version=2024-10-21",
            Route(Kind.RELAY, Endpoint.CHAT, "gpt-4o"),
        ),
    ],
)
def test_direct_routes(method: str, path: str, route: Route) -> None:
    assert route_direct(method, path) == route


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/chat/completions", CHAT),
        ("GET", "/v1/models", Route(Kind.MODELS)),
        ("GET", "/", Route(Kind.INVALID)),
        ("GET", "/dashboard", Route(Kind.INVALID)),
        ("POST", "/internal/test", Route(Kind.INVALID)),
        ("POST", "/api/user/login", Route(Kind.INVALID)),
    ],
)
def test_intercepted_hosts_have_no_pages(method: str, path: str, route: Route) -> None:
    assert route_intercepted(method, path) == route
