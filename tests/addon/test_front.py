import json
from concurrent.futures import Future

import pytest
from mitmproxy import http
from mitmproxy.connection import Server
from mitmproxy.proxy import server_hooks
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow

from addon import front
from addon.exchange import Visit
from addon.routes import Kind, Route
from rules.options import OptionStore
from tests.addon.conversation import Conversation
from tests.addon.house import ROOT_TOKEN, House

AUTH = {"authorization": f"Bearer {ROOT_TOKEN}"}


def ask(house: House, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What the base-URL door answers."""
    talk = house.conversation()
    return answer_to(talk, method, path, headers)


def answer_to(talk: Conversation, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"host": "127.0.0.1:3000", **headers}.items())
    talk.client_sends(f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode())
    head, _, body = talk.take().partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def proxied(url: str = "http://other.example/", peer: str = "127.0.0.1") -> http.HTTPFlow:
    flow = tflow.tflow(req=http.Request.make("GET", url))
    flow.client_conn.peername = (peer, 50000)
    return flow


def refusal(house: House, flow: http.HTTPFlow, credential: str = "") -> http.Response | None:
    found: http.Response | None = house.run(front.proxy_refusal(house.addon, flow, credential))
    return found


def test_the_model_list_is_what_the_token_may_use(house: House) -> None:
    house.channel("gpt-4o", "my-own")
    status, _, body = ask(house, "/v1/models", **AUTH)
    assert status == 200
    assert {one["id"]: one["owned_by"] for one in json.loads(body)["data"]} == {"gpt-4o": "openai", "my-own": "custom"}


def test_one_model_or_the_news_that_there_is_none(house: House) -> None:
    house.channel("gpt-4o")
    status, _, body = ask(house, "/v1/models/gpt-4o", **AUTH)
    assert (status, json.loads(body)["id"]) == (200, "gpt-4o")
    status, _, body = ask(house, "/v1/models/gpt-5", **AUTH)
    assert status == 404
    assert "gpt-5" in json.loads(body)["error"]["message"]


def test_models_need_a_token(house: House) -> None:
    assert ask(house, "/v1/models")[0] == 401


def test_a_path_that_openai_has_and_we_do_not_is_501(house: House) -> None:
    status, _, body = ask(house, "/v1/assistants", "POST", **AUTH)
    assert status == 501
    assert json.loads(body)["error"]["code"] == "api_not_implemented"


def test_a_path_that_nobody_has_is_404(house: House) -> None:
    status, headers, body = ask(house, "/v1/chat/completions?x=1", "GET", **AUTH)
    assert status == 404
    assert json.loads(body)["error"]["message"].startswith("Invalid URL (GET /v1/chat/completions)")
    assert headers["access-control-allow-origin"] == "*"


def test_a_preflight_is_allowed_what_it_asks_for(house: House) -> None:
    headers = {"access-control-request-headers": "x-mine", "origin": "https://app.example"}
    status, allowed, body = ask(house, "/v1/chat/completions", "OPTIONS", **headers)
    assert (status, body) == (204, b"")
    assert allowed["access-control-allow-headers"] == "x-mine"
    assert "POST" in allowed["access-control-allow-methods"].upper()
    assert "access-control-allow-credentials" not in allowed


def test_a_page_keeps_its_status_and_headers(house: House) -> None:
    status, headers, _ = ask(house, "/", accept="text/html")
    assert status == 302
    assert headers["location"]
    status, headers, body = ask(house, "/login")
    assert (status, headers["content-length"]) == (200, str(len(body)))


def test_until_all_is_open_everybody_is_asked_to_wait(house: House) -> None:
    services, house.addon.services = house.addon.services, None
    try:
        assert ask(house, "/v1/models", **AUTH)[0] == 503
        found = refusal(house, proxied())
        assert found is not None
        assert found.status_code == 503
    finally:
        house.addon.services = services


def test_what_comes_from_ourselves_is_refused(house: House) -> None:
    upstream = Server(address=("127.0.0.1", 3000), sockname=("127.0.0.1", 40000), peername=("127.0.0.1", 3000))
    talk = house.conversation()
    talk.client.peername = upstream.sockname
    seen = server_hooks.ServerConnectionHookData(upstream, talk.client)
    assert answer_to(talk, "GET", "/v1/models", AUTH)[0] == 200
    house.addon.server_connected(seen)
    assert answer_to(talk, "GET", "/v1/models", AUTH)[0] == 421
    house.addon.server_disconnected(seen)
    assert answer_to(talk, "GET", "/v1/models", AUTH)[0] == 200


def test_other_machines_need_a_token_for_the_intercepted_door(house: House) -> None:
    talk = house.conversation()
    talk.client.peername = ("203.0.113.7", 50000)
    status, headers, _ = answer_to(talk, "GET", "http://api.openai.com/v1/models", AUTH)
    assert (status, headers["proxy-authenticate"]) == (407, 'basic realm="one api"')


@pytest.mark.parametrize(
    ("peer", "credential", "status"),
    [
        ("127.0.0.1", "", None),
        ("203.0.113.7", "", 407),
        ("203.0.113.7", "sk-nobody", 407),
        ("203.0.113.7", ROOT_TOKEN, None),
    ],
)
def test_who_may_pass_the_proxy_door(house: House, peer: str, credential: str, status: int | None) -> None:
    found = refusal(house, proxied("http://192.0.2.1/", peer), credential)
    assert (found and found.status_code) == status


def test_a_token_does_not_open_what_trusts_this_machine(house: House) -> None:
    found = refusal(house, proxied("http://127.0.0.1:5432/", "203.0.113.7"), ROOT_TOKEN)
    assert found is not None
    assert found.status_code == 403


@pytest.mark.parametrize(("mode", "address", "inside"), [
    ("regular", None, False),
    ("regular", ("other.example", 443), True),
    ("reverse:http://other.example", None, True),
])  # fmt: skip
def test_what_counts_as_tunnelled(mode: str, address: tuple[str, int] | None, inside: bool) -> None:
    flow = tflow.tflow()
    flow.client_conn.proxy_mode = ProxyMode.parse(mode)
    flow.server_conn = type(flow.server_conn)(address=address)
    assert front.is_tunnelled(flow) is inside


def test_an_arrival_is_read_from_the_visit_and_not_from_what_is_shown() -> None:
    flow = tflow.tflow(req=http.Request.make("POST", "http://x/v1/y", b"body"))
    visit = Visit("id", Route(Kind.RELAY), "", "", True, 0.0)
    visit.headers = (("X-A", "1"), ("x-a", "2"), ("Authorization", "Bearer x"))
    visit.target = "/v1/y?key=secret&empty="
    found = front.arrival(flow, visit)
    assert found.headers == {"x-a": "1, 2", "authorization": "Bearer x"}
    assert found.query == {"key": "secret", "empty": ""}
    assert found.body == b"body"


def test_a_ledger_that_fails_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    for error in (None, RuntimeError("the disk is full")):
        future: Future[None] = Future()
        future.set_exception(error) if error else future.set_result(None)
        front.complain(future)
    assert [record.getMessage() for record in caplog.records] == [
        "the ledger could not close an exchange: RuntimeError('the disk is full')"
    ]


def test_a_relayed_flow_says_what_became_of_it(house: House) -> None:
    number = house.channel("gpt-4o")
    talk = house.conversation(lambda server: "[Errno 111] Connect call failed")
    talk.ask({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}, **AUTH)
    (flow,) = talk.flows
    assert flow.comment == f"gpt-4o -> channel {number}, 502, quota 0"
    assert flow.metadata["oneapi"]["status"] == 502
    assert house.holds() == []


def test_rows_are_left_out_where_nobody_wants_them(house: House) -> None:
    options = OptionStore(house.services.database, house.services.vault)
    options.set("LogConsumeEnabled", "false")
    house.channel("gpt-4o")
    try:
        talk = house.conversation(lambda server: "[Errno 111] Connect call failed")
        talk.ask({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}, **AUTH)
        assert house.rows() == []
        assert house.holds() == []
    finally:
        options.set("LogConsumeEnabled", "true")
        house.services.snapshots.refresh_if_moved()
