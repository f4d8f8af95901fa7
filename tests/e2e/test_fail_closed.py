"""When the relay itself crashes: nothing reaches anybody, the client gets JSON, the hold is released."""

from __future__ import annotations

import contextlib
import shutil
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider
from tests.e2e.books import eventually
from tests.e2e.line import PATH, Reply, chat
from tests.e2e.rig import Rig, running_rig
from tests.e2e.server import ROOT, running_mitmdump

STREAM = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
UNSENT = ("claim", "serve", "relayed", "ledger", "begin", "sent_request")
"""Where it crashes before anything has been sent."""
SENT = ("on_head", "on_data", "on_end", "answer")
"""And where the provider already has the request."""


@pytest.fixture(scope="module")
def decoy() -> Iterator[FakeProvider]:
    """What stands for every host that is not on loopback: api.openai.com too."""
    with running_fake_provider() as running:
        yield running


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the addon's file, to be touched."""
    folder = tmp_path_factory.mktemp("script")
    return Path(shutil.copy(ROOT / "addon" / "oneapi.py", folder))


@pytest.fixture(scope="module")
def module_rig(decoy: FakeProvider, script: Path) -> Iterator[Rig]:
    """mitmdump with our script, and with one that makes it crash."""
    start = partial(
        running_mitmdump,
        env={"ONEAPI_TEST_DECOY": str(decoy.port)},
        args=["-s", str(ROOT / "tests" / "e2e" / "crashing_addon.py")],
        script=script,
    )
    with running_rig(start) as running:
        yield running


@pytest.fixture
def rig(module_rig: Rig, decoy: FakeProvider) -> Rig:
    module_rig.provider.forget()
    decoy.forget()
    return module_rig


Ask = Callable[..., Reply]


@pytest.fixture(params=["base URL", "intercepted"])
def ask(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Sends a chat request through one of the two doors, each time on the same connection."""
    headers = {"authorization": f"Bearer {rig.purse.key}", "content-type": "application/json"}
    with contextlib.ExitStack() as stack:
        if request.param == "base URL":
            client = httpx.Client(base_url=rig.gateway.url, trust_env=False, headers=headers, timeout=10)
        else:
            context = ssl.create_default_context(cadata=httpx.get(f"{rig.gateway.url}/ca.pem", trust_env=False).text)
            client = httpx.Client(
                base_url="https://api.openai.com",
                proxy=rig.gateway.url,
                verify=context,
                trust_env=False,
                headers=headers,
                timeout=10,
            )
        stack.enter_context(client)

        def post(body: bytes, crash: str = "") -> Reply:
            reply = client.post(PATH, content=body, headers={"x-crash": crash} if crash else {})
            return Reply(reply.status_code, dict(reply.headers), reply.content)

        yield post


def is_internal_error(reply: Reply) -> None:
    assert reply.status == 500
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["error"]["message"].startswith("internal error")
    assert reply.json["error"]["message"].endswith(f"(request id: {reply.id})")


@STREAM
@pytest.mark.parametrize("point", UNSENT)
def test_a_crash_before_sending_reaches_nobody(
    rig: Rig, decoy: FakeProvider, ask: Ask, point: str, stream: bool
) -> None:
    before = rig.calm()
    reply = ask(chat("gpt-4o", stream), point)
    is_internal_error(reply)
    assert rig.provider.requests == []
    assert rig.calm() == before
    assert ask(chat("gpt-4o")).status == 200
    assert decoy.connections == []


@pytest.mark.parametrize(
    ("point", "stream"), [(point, False) for point in SENT] + [("on_head", True), ("on_data", True)]
)
def test_a_crash_after_sending_tells_the_client_and_lets_the_provider_go(
    rig: Rig, decoy: FakeProvider, ask: Ask, point: str, stream: bool
) -> None:
    before = rig.calm()
    reply = ask(chat("fake-slow-50", stream), point)
    is_internal_error(reply)
    assert rig.calm() == before
    row = rig.books.row(reply.id)
    assert (row["status"], row["quota"], row["stream_end"]) == (500, 0, "error" if stream else "")
    assert row["content"] == "internal error"
    (upstream,) = rig.connections()
    assert upstream.requests == 1
    assert not stream or eventually(lambda: upstream.closed_by_client_during, bool) == PATH
    assert ask(chat("gpt-4o")).status == 200
    assert decoy.connections == []


def is_cut_short(reply: Reply) -> None:
    assert reply.status == 200
    assert reply.frames[-1]["error"]["message"].startswith("internal error")
    assert "[DONE]" not in reply.frames


def test_a_crash_behind_the_last_word_changes_nothing_for_the_client(rig: Rig, ask: Ask) -> None:
    reply = ask(chat("fake-slow-50", stream=True), "on_end")
    assert reply.text.endswith("playing openai.")
    assert reply.frames[-1] == "[DONE]"
    assert rig.books.no_holds()
    assert ask(chat("gpt-4o")).status == 200


def test_a_crash_in_the_middle_of_a_stream_ends_it_with_an_error(rig: Rig, ask: Ask) -> None:
    before = rig.calm()
    reply = ask(chat("fake-slow-50", stream=True), "late")
    is_cut_short(reply)
    assert "You said" in reply.text
    row = rig.books.row(reply.id)
    assert (row["status"], row["stream_end"]) == (500, "error")
    assert rig.calm() == (before[0] - row["quota"], before[1] - row["quota"])
    assert ask(chat("gpt-4o")).status == 200


def test_a_crash_at_the_commit_point_is_a_whole_error(rig: Rig, ask: Ask) -> None:
    reply = ask(chat("fake-slow-50", stream=True), "commit")
    is_internal_error(reply)
    assert rig.books.no_holds()
    assert ask(chat("gpt-4o")).status == 200


def test_a_crash_while_claiming_a_foreign_request_goes_nowhere(rig: Rig, decoy: FakeProvider) -> None:
    with httpx.Client(proxy=rig.gateway.url, trust_env=False, timeout=10) as client:
        reply = client.get("http://elsewhere.example/v1/models", headers={"x-crash": "claim"})
        assert reply.status_code == 500
        assert "internal error" in reply.json()["error"]["message"]
    assert decoy.connections == []


def reload(rig: Rig, script: Path) -> None:
    def loads() -> int:
        return rig.gateway.output().count("Loading script")

    before = loads()
    script.touch()
    assert eventually(loads, lambda seen: seen > before) == before + 1


@pytest.mark.parametrize("turn", ["first", "second"])
def test_reloading_the_script_doubles_nothing(rig: Rig, script: Path, turn: str) -> None:
    """T12, with a stream under way."""
    with rig.line() as line:
        line.send(chat("fake-slow-50", stream=True))
        under_way = line.head()
        under_way.read1(100)
        reload(rig, script)
        assert under_way.read().endswith(b"data: [DONE]\n\n")
        assert rig.books.row(str(under_way.getheader("x-request-id")))["stream_end"] == "done"
        again = line.ask(chat("gpt-4o", text=turn))
    assert again.text.startswith(f"You said: {turn}")
    assert len(rig.books.rows(again.id)) == 1
    assert [one.json["messages"][0]["content"] for one in rig.provider.requests] == ["hello", turn]
    assert rig.books.no_holds()


def test_the_decoy_would_have_noticed(rig: Rig, decoy: FakeProvider) -> None:
    """Last: what is not ours does get through to it."""
    reply = httpx.get("http://elsewhere.example/v1/models", proxy=rig.gateway.url, trust_env=False)
    assert reply.status_code == 200
    assert len(decoy.requests) == 1
