"""What passes as it is, through the real gateway: the raw proxy; files, batches and jobs, each with its user."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rules.database import connect
from rules.tokens import TokenStore
from rules.users import UserStore
from rules.vault import open_vault
from scripts.fake_provider import Answer, FakeProvider
from tests.e2e.clients import by_base_url, run_python, seen
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

KEY = "Token fake-as-it-is"
JSON = (("content-type", "application/json"),)


@pytest.fixture(scope="module")
def proxy(gateway: Gateway, session_provider: FakeProvider) -> Iterator[int]:
    """A channel of the raw proxy type that the group `default` does not have; its id."""
    made = gateway.add_channel(
        name="raw", type=43, key=KEY, base_url=f"{session_provider.url}/base", models=["none"], group="vip"
    )
    gateway.settle()
    yield made
    gateway.api("DELETE", f"/channel/{made}")


def ask(gateway: Gateway, method: str, path: str, token: str = "", **fields: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or gateway.token}", **fields.pop("headers", {})}
    return httpx.request(method, f"{gateway.base_url}/{path}", headers=headers, timeout=20, trust_env=False, **fields)


def other_user(gateway: Gateway, name: str, group: str = "default") -> str:
    """Somebody who is no admin, put straight into the database; the key of a token of theirs."""
    database = connect(data_dir=gateway.data_dir)
    try:
        vault = open_vault(database, gateway.data_dir)
        made = UserStore(database, vault).create(
            {"username": name, "password": "fake-password", "quota": 10**9, "group": group}
        )
        return f"sk-{TokenStore(database, vault).create(made.id, {'name': name, 'unlimited_quota': True}).key}"
    finally:
        database.close_all()


def newest(gateway: Gateway, model: str) -> int:
    return max((row["id"] for row in gateway.api("GET", "/log/", model_name=model)), default=0)


def rows(gateway: Gateway, model: str, after: int, number: int) -> list[dict[str, Any]]:
    """The rows about this that are newer, once there are so many; the ledger writes behind the reply."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [row for row in gateway.api("GET", "/log/", model_name=model) if row["id"] > after]
        if len(found) >= number:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not {number} rows about {model}")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_any_request_passes_with_the_channels_key(
    gateway: Gateway, proxy: int, provider: FakeProvider, method: str
) -> None:
    provider.reply(Answer(207, (("content-type", "text/odd"), ("etag", '"1"'), ("set-cookie", "a=b")), (b"\x00hi",)))
    sent = {"cookie": "a=b", "x-forwarded-for": "1.2.3.4", "x-odd": "1", "openai-organization": "org", "via": "1.1 x"}
    got = ask(gateway, method, f"oneapi/proxy/{proxy}/a//b?c=%20d&key={gateway.token}", headers=sent, content=b"\xffin")
    assert (got.status_code, got.content) == (207, b"\x00hi")
    assert (got.headers["content-type"], got.headers["etag"]) == ("text/odd", '"1"')
    assert "set-cookie" not in got.headers
    seen = provider.requests[-1]
    assert (seen.method, seen.path, seen.query, seen.body) == (method, "/base/a//b", "c=%20d", b"\xffin")
    assert [value for name, value in seen.headers if name == "authorization"] == [KEY]
    names = {name for name, _ in seen.headers}
    assert "x-odd" in names
    assert not names & {"cookie", "x-forwarded-for", "openai-organization", "via"}
    assert gateway.token not in str(seen)


def test_any_reply_comes_back_whatever_its_status(gateway: Gateway, proxy: int, provider: FakeProvider) -> None:
    before = newest(gateway, "oneapi/proxy")
    provider.reply(
        Answer(429, (*JSON, ("retry-after", "7")), (b'{"odd": "error"}',)),
        Answer(204, (), ()),
        Answer(302, (("location", "https://elsewhere.example/"),), ()),
        Answer(200, (("content-type", "text/html"), ("content-encoding", "br")), (b"not really",)),
        Answer(503, (("content-type", "text/event-stream"),), (b"data: 1\n\n", b"data: 2\n\n"), streamed=True),
    )
    refused = ask(gateway, "GET", f"oneapi/proxy/{proxy}/x")
    assert (refused.status_code, refused.text, refused.headers["retry-after"]) == (429, '{"odd": "error"}', "7")
    empty = ask(gateway, "DELETE", f"oneapi/proxy/{proxy}/x")
    assert (empty.status_code, empty.content) == (204, b"")
    moved = ask(gateway, "GET", f"oneapi/proxy/{proxy}")
    assert (moved.status_code, moved.headers["location"]) == (302, "https://elsewhere.example/")
    with httpx.Client(trust_env=False) as client:
        headers = {"authorization": f"Bearer {gateway.token}"}
        with client.stream("GET", f"{gateway.base_url}/oneapi/proxy/{proxy}/x", headers=headers) as packed:
            assert (packed.headers["content-encoding"], b"".join(packed.iter_raw())) == ("br", b"not really")
    streamed = ask(gateway, "POST", f"oneapi/proxy/{proxy}/x")
    assert (streamed.status_code, streamed.text) == (503, "data: 1\n\ndata: 2\n\n")
    found = rows(gateway, "oneapi/proxy", before, 5)
    assert [row["quota"] for row in found] == [0] * 5
    assert {row["channel"] for row in found} == {proxy}
    assert sorted(row["content"] for row in found)[:2] == ["DELETE /x", "GET "]


def test_a_head_request_gets_a_head(gateway: Gateway, proxy: int, provider: FakeProvider) -> None:
    provider.reply(Answer(200, (("content-type", "text/odd"), ("etag", '"2"')), ()))
    with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {gateway.token}"}) as client:
        got = client.head(f"{gateway.base_url}/oneapi/proxy/{proxy}/x")
        assert (got.status_code, got.content, got.headers["etag"]) == (200, b"", '"2"')
        assert client.get(f"{gateway.base_url}/models").status_code == 200  # the connection is still good


def test_a_stream_arrives_while_it_is_sent(gateway: Gateway, proxy: int, provider: FakeProvider) -> None:
    provider.reply(Answer(200, (("content-type", "x/y"),), (b"a", b"b", b"c"), streamed=True))
    provider.delay = 0.3
    try:
        headers = {"authorization": f"Bearer {gateway.token}"}
        began = time.monotonic()
        url = f"{gateway.base_url}/oneapi/proxy/{proxy}/x"
        with httpx.stream("GET", url, headers=headers, trust_env=False) as got:
            pieces = [(piece, time.monotonic() - began) for piece in got.iter_raw()]
    finally:
        provider.delay = 0.0
    assert b"".join(piece for piece, _ in pieces) == b"abc"
    assert pieces[0][1] + 0.4 < pieces[-1][1]


def test_who_may_use_a_raw_channel(gateway: Gateway, proxy: int, provider: FakeProvider) -> None:
    limited = gateway.add_token(models="gpt-4o")
    stranger = other_user(gateway, "raw-nobody")
    gateway.settle()
    assert ask(gateway, "GET", f"oneapi/proxy/{proxy}/x", token=stranger).status_code == 400
    member = other_user(gateway, "raw-member", group="vip")
    gateway.settle()
    assert ask(gateway, "GET", f"oneapi/proxy/{proxy}/x", token=limited).status_code == 403
    assert ask(gateway, "GET", f"oneapi/proxy/{proxy}/x", token="sk-fake-nobody").status_code == 401
    assert ask(gateway, "GET", "oneapi/proxy/999999/x").status_code == 400
    assert ask(gateway, "GET", "oneapi/proxy/1/x").status_code == 400  # not of the raw type
    assert ask(gateway, "GET", f"oneapi/proxy/{proxy}/a/%2e%2e/b").status_code == 400
    assert provider.requests == []
    provider.reply(Answer(200, JSON, (b"{}",)))
    assert ask(gateway, "GET", f"oneapi/proxy/{proxy}/x", token=member).status_code == 200


FILES_SCRIPT = """
import io, json
from openai import OpenAI
client = OpenAI(max_retries=0)
data = client.files.create(file=("in.jsonl", io.BytesIO(b'{"custom_id": "1"}'), "application/json"), purpose="batch")
batch = client.batches.create(input_file_id=data.id, endpoint="/v1/chat/completions", completion_window="24h")
job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=data.id)
results = client.files.content(batch.output_file_id).read().decode()
print(json.dumps({
    "file": data.id, "batch": batch.id, "job": job.id, "results": results,
    "read": [client.files.retrieve(data.id).id, client.batches.retrieve(batch.id).id,
             client.fine_tuning.jobs.retrieve(job.id).id],
    "files": [one.id for one in client.files.list()],
    "batches": [one.id for one in client.batches.list()],
    "jobs": [one.id for one in client.fine_tuning.jobs.list()],
    "events": [one.message for one in client.fine_tuning.jobs.list_events(job.id)],
    "cancelled": client.batches.cancel(batch.id).status,
}))
"""


@pytest.fixture(scope="module")
def both(gateway: Gateway) -> tuple[str, str]:
    """Two users' keys."""
    keys = other_user(gateway, "ann"), other_user(gateway, "bob")
    gateway.settle()
    return keys


def test_files_and_what_is_made_of_them_are_their_users_own(
    gateway: Gateway, provider: FakeProvider, both: tuple[str, str]
) -> None:
    before = newest(gateway, "files")
    seen_by = [seen(run_python(FILES_SCRIPT, by_base_url(gateway, key))) for key in both]
    for got in seen_by:
        assert got["read"] == [got["file"], got["batch"], got["job"]]
        assert got["files"][0] == got["file"]
        assert len(got["files"]) == 2
        assert (got["batches"], got["jobs"], got["events"]) == ([got["batch"]], [got["job"]], ["began"])
        assert (got["results"], got["cancelled"]) == ('{"custom_id": "1"}\n', "cancelling")
    assert not {*seen_by[0]["files"]} & {*seen_by[1]["files"]}
    assert {one.header("authorization") for one in provider.requests if one.header("authorization")} <= {
        f"Bearer {UPSTREAM_KEY}"
    }
    assert [row["quota"] for row in rows(gateway, "files", before, 8)] == [0] * 8


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "files/{file}"),
        ("GET", "files/{file}/content"),
        ("DELETE", "files/{file}"),
        ("GET", "batches/{batch}"),
        ("POST", "batches/{batch}/cancel"),
        ("GET", "fine_tuning/jobs/{job}"),
        ("GET", "fine_tuning/jobs/{job}/events"),
    ],
)
def test_what_is_somebody_elses_is_not_there(
    gateway: Gateway, provider: FakeProvider, both: tuple[str, str], method: str, path: str
) -> None:
    ann, bob = both
    made = {"file": upload(gateway, ann)}
    batch = {"input_file_id": made["file"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    made["batch"] = ask(gateway, "POST", "batches", ann, json=batch).json()["id"]
    job = {"training_file": made["file"], "model": "gpt-4o-mini"}
    made["job"] = ask(gateway, "POST", "fine_tuning/jobs", ann, json=job).json()["id"]
    provider.forget()
    got = ask(gateway, method, path.format(**made), bob)
    assert (got.status_code, got.json()["error"]["type"]) == (404, "invalid_request_error")
    for stolen in (
        ask(gateway, "POST", "batches", bob, json=batch),
        ask(gateway, "POST", "fine_tuning/jobs", bob, json=job),
    ):
        assert stolen.status_code == 404
    assert provider.requests == []
    assert ask(gateway, method, path.format(**made), ann).status_code == 200


def test_a_file_that_a_request_names_is_its_users_own(
    gateway: Gateway, provider: FakeProvider, both: tuple[str, str]
) -> None:
    _, bob = both
    ann = other_user(gateway, "cat")
    # Where the files of who has none yet go first; its model is served there and nowhere else.
    made = gateway.add_channel(
        name="reader", type=1, key=UPSTREAM_KEY, base_url=provider.url, models=["reads-files"], priority=99
    )
    gateway.await_models("reads-files")
    named = upload(gateway, ann)
    content = [{"type": "text", "text": "read"}, {"type": "file", "file": {"file_id": named}}]
    question = {"model": "reads-files", "messages": [{"role": "user", "content": content}]}
    provider.forget()
    stolen = ask(gateway, "POST", "chat/completions", bob, json=question)
    error = stolen.json()["error"]
    assert (stolen.status_code, error["type"]) == (404, "invalid_request_error")
    assert error["param"] == "messages[0].content[1].file.file_id" and named in error["message"]
    assert provider.requests == []
    assert ask(gateway, "POST", "chat/completions", ann, json=question).status_code == 200
    assert json.loads(provider.requests[-1].body)["messages"] == question["messages"]
    gateway.api("DELETE", f"/channel/{made}")


def test_a_batch_reads_nobody_elses_file(gateway: Gateway, provider: FakeProvider, both: tuple[str, str]) -> None:
    ann, bob = both
    named = upload(gateway, ann)
    content = [{"type": "file", "file": {"file_id": named}}]
    line = json.dumps({"custom_id": "1", "body": {"messages": [{"role": "user", "content": content}]}}).encode()
    provider.forget()
    stolen = uploading(gateway, bob, line)
    assert stolen.status_code == 404
    assert stolen.json()["error"]["message"].startswith(f"No such File object: {named}")
    assert provider.requests == []
    assert uploading(gateway, ann, line).status_code == 200
    no_form = ask(gateway, "POST", "files", ann, content=b"{}", headers={"content-type": "application/json"})
    assert no_form.status_code == 400


def uploading(gateway: Gateway, key: str, data: bytes) -> Any:
    files = {"file": ("in.jsonl", data, "application/json")}
    return ask(gateway, "POST", "files", key, files=files, data={"purpose": "batch"})


def upload(gateway: Gateway, key: str) -> str:
    got = uploading(gateway, key, b"{}")
    assert got.status_code == 200, got.text
    return str(got.json()["id"])


def test_a_deleted_file_is_gone_and_odd_addresses_are_not_there(gateway: Gateway, both: tuple[str, str]) -> None:
    key = both[0]
    made = upload(gateway, key)
    assert ask(gateway, "DELETE", f"files/{made}", key).json()["deleted"] is True
    assert ask(gateway, "GET", f"files/{made}", key).status_code == 404
    for method, path in (
        ("PUT", "files"),
        ("POST", "files/x/content"),
        ("GET", "fine_tuning/alpha"),
        ("DELETE", "files"),
    ):
        assert ask(gateway, method, path, key).status_code == 404
    assert ask(gateway, "POST", "batches", key, content=b"{").status_code == 400
    assert ask(gateway, "POST", "batches", key, content=b"[]").status_code == 400


def test_a_list_finds_the_callers_own_behind_many_of_others(gateway: Gateway, both: tuple[str, str]) -> None:
    ann, bob = both
    for _ in range(24):
        upload(gateway, ann)
    made = upload(gateway, bob)
    page = ask(gateway, "GET", "files?limit=2", bob).json()
    assert (len(page["data"]), page["has_more"]) == (2, True)
    every = ask(gateway, "GET", "files", bob).json()
    assert (every["data"][-1]["id"], every["last_id"], every["has_more"]) == (made, made, False)


def test_a_file_of_any_kind_passes_as_it_is(gateway: Gateway, provider: FakeProvider, both: tuple[str, str]) -> None:
    made = upload(gateway, both[0])
    for kind, body in (("application/json", b'{"a": [1, 2]}'), ("text/html", b"<html>"), ("text/plain", b"")):
        provider.reply(Answer(200, (("content-type", kind), ("content-disposition", "attachment")), (body,)))
        got = ask(gateway, "GET", f"files/{made}/content", both[0])
        assert (got.status_code, got.content, got.headers["content-type"]) == (200, body, kind)
        assert got.headers["content-disposition"] == "attachment"
