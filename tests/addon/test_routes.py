import pytest

from addon.canon.endpoint import POSTED
from addon.canon.request import Endpoint
from addon.routes import Kind, Route, route_direct, route_intercepted

CHAT = Route(Kind.RELAY, Endpoint.CHAT)


TALKS = (
    "/v1/realtime?model=m",
    "/realtime?model=m",
    "/v1//v1/realtime/",
    "/openai/realtime?deployment=m",
    "/openai/v1/realtime?model=m",
)


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
        *((("POST", f"/v1/{one.value}", Route(Kind.RELAY, one))) for one in POSTED),
        *((("POST", f"/{one.value}", Route(Kind.RELAY, one))) for one in POSTED),
        ("GET", "/v1/images/generations", Route(Kind.INVALID)),
        *(("GET", path, Route(Kind.RELAY, Endpoint.REALTIME)) for path in TALKS),
        ("POST", "/v1/realtime/client_secrets", Route(Kind.UNIMPLEMENTED)),
        ("POST", "/v1/realtime", Route(Kind.UNIMPLEMENTED)),
        (
            "POST",
            "/openai/deployments/my%20whisper/audio/transcriptions?api-version=2024-10-21",
            Route(Kind.RELAY, Endpoint.TRANSCRIPTIONS, "my whisper"),
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


@pytest.mark.parametrize(
    ("path", "channel", "rest"),
    [
        ("/v1/oneapi/proxy/5/v2/x", "5", "/v2/x"),
        ("/v1/oneapi/proxy/5//a//b?c=//d", "5", "//a//b?c=//d"),
        ("//v1/v1//oneapi/proxy/5/%2Fx/", "5", "/%2Fx/"),
        ("/v1/oneapi/proxy/5", "5", ""),
        ("/v1/oneapi/proxy/five?x=1", "five", "?x=1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "HEAD", "PROPFIND"])
def test_the_raw_proxy_takes_any_method_and_keeps_the_path(method: str, path: str, channel: str, rest: str) -> None:
    found = Route(Kind.PROXY, method=method, rest=rest, channel=channel)
    assert route_direct(method, path) == route_intercepted(method, path) == found


def test_the_raw_proxy_without_a_channel_and_asked_by_a_browser() -> None:
    assert route_direct("GET", "/v1/oneapi/proxy/") == Route(Kind.UNIMPLEMENTED)
    assert route_direct("OPTIONS", "/v1/oneapi/proxy/5/x") == Route(Kind.PREFLIGHT)


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/v1/files", "/files"),
        ("/v1/files/?limit=2", "/files?limit=2"),
        ("/v1//batches/b/cancel", "/batches/b/cancel"),
        ("/openai/v1/fine_tuning/jobs?after=j", "/fine_tuning/jobs?after=j"),
        ("/openai/files?api-version=2024-10-21", "/files?api-version=2024-10-21"),
    ],
)
def test_files_and_what_is_made_of_them(path: str, rest: str) -> None:
    found = Route(Kind.OBJECTS, method="GET", rest=rest)
    assert route_direct("GET", path) == route_intercepted("GET", path) == found


def test_a_query_means_nothing_elsewhere() -> None:
    assert route_direct("GET", "/v1/filesystem?x=1") == Route(Kind.UNIMPLEMENTED)
    assert route_direct("GET", "/channels?x=1") == Route(Kind.PAGE)
