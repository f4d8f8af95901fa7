"""The fake provider answers as the providers do, well and badly; other tests stand on that."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scripts.fake_provider import Answer, FakeProvider, behaviour, load_recording, running_fake_provider
from scripts.fake_provider.__main__ import tls_context
from scripts.fake_provider.behaviour import PLAIN

HELLO = [{"role": "user", "content": "hello there"}]
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": ("/v1/chat/completions", {"model": "gpt-4o", "messages": HELLO}),
    "compatible": ("/compatible-mode/v1/chat/completions", {"model": "qwen-max", "messages": HELLO}),
    "azure": ("/openai/deployments/mine/chat/completions?api-version=2024-10-21", {"messages": HELLO}),
    "azure-v1": ("/openai/v1/chat/completions", {"model": "mine", "messages": HELLO}),
    "completions": ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "hello there"}),
    "anthropic": ("/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": HELLO}),
    "gemini": (
        "/v1beta/models/gemini-2.5-flash:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": "hello there"}]}]},
    ),
    "coze-v2": ("/open_api/v2/chat", {"bot_id": "73", "user": "u", "query": "hello there"}),
}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with running_fake_provider() as running:
        yield running


def post(provider: FakeProvider, path: str, body: Any, **headers: str) -> httpx.Response:
    return httpx.post(provider.url + path, json=body, headers=headers, timeout=10, trust_env=False)


def chat(provider: FakeProvider, model: str, **more: Any) -> httpx.Response:
    return post(provider, "/v1/chat/completions", {"model": model, "messages": HELLO, **more})


@pytest.mark.parametrize("name", ASKED)
def test_a_reply_echoes_the_prompt_in_each_dialect(provider: FakeProvider, name: str) -> None:
    path, body = ASKED[name]
    reply = post(provider, path, body)
    assert reply.status_code == 200
    assert "You said: hello there" in reply.text


@pytest.mark.parametrize("name", ["openai", "azure", "completions", "anthropic", "coze-v2"])
def test_a_stream_is_one_token_an_event(provider: FakeProvider, name: str) -> None:
    path, body = ASKED[name]
    reply = post(provider, path, {**body, "stream": True})
    assert reply.headers["content-type"] == "text/event-stream"
    assert reply.text.count("data:") > 10
    assert " said:" in reply.text
    assert "hello there" not in reply.text


def test_a_gemini_stream_is_events_or_an_array(provider: FakeProvider) -> None:
    path, body = ASKED["gemini"]
    streaming = path.replace("generateContent", "streamGenerateContent")
    assert post(provider, f"{streaming}?alt=sse", body).text.count("data: ") > 10
    array = json.loads(post(provider, streaming, body).text)
    assert array[-1]["candidates"][0]["finishReason"] == "STOP"


def test_a_coze_chat_is_a_task_that_is_asked_for(provider: FakeProvider) -> None:
    message = {"role": "user", "content": "hello there", "content_type": "text"}
    started = post(provider, "/v3/chat", {"bot_id": "73", "additional_messages": [message]}).json()["data"]
    assert started["status"] == "in_progress"
    there = f"?chat_id={started['id']}&conversation_id={started['conversation_id']}"
    assert post(provider, f"/v3/chat/retrieve{there}", {}).json()["data"]["status"] == "completed"
    assert "hello there" in post(provider, f"/v3/chat/message/list{there}", {}).json()["data"][0]["content"]
    stream = post(provider, "/v3/chat", {"bot_id": "73", "additional_messages": [message], "stream": True}).text
    assert "event:conversation.message.delta\ndata:{" in stream
    assert stream.endswith('event:done\ndata:"[DONE]"\n\n')


def test_embeddings_depend_on_the_text_alone(provider: FakeProvider) -> None:
    asked = {"model": "text-embedding-3-small", "input": ["a", "b", "a"]}
    vectors = [one["embedding"] for one in post(provider, "/v1/embeddings", asked).json()["data"]]
    assert vectors[0] == vectors[2] != vectors[1]
    content = {"parts": [{"text": "a"}]}
    batch = {"requests": [{"content": content}]}
    assert "values" in post(provider, "/v1beta/models/e:batchEmbedContents", batch).json()["embeddings"][0]
    assert "values" in post(provider, "/v1beta/models/e:embedContent", {"content": content}).json()["embedding"]


def test_models_are_listed(provider: FakeProvider) -> None:
    get = httpx.get
    assert get(f"{provider.url}/v1/models", trust_env=False).json()["data"][0]["object"] == "model"
    assert get(f"{provider.url}/v1beta/models", trust_env=False).json()["models"][0]["name"].startswith("models/")


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_when_the_model_is_named_so(provider: FakeProvider, name: str, stream: bool) -> None:
    path, body = ASKED[name]
    function = {"name": "weather", "parameters": {"type": "object"}}
    tools: list[Any] = [{"type": "function", "function": function}]
    if name == "anthropic":
        tools = [{"name": "weather", "input_schema": {"type": "object"}}]
    if name == "gemini":
        tools = [{"functionDeclarations": [function]}]
        path = path.replace("gemini-2.5-flash", "fake-tool")
        path = path.replace("generateContent", "streamGenerateContent") + "?alt=sse" if stream else path
    reply = post(provider, path, {**body, "model": "fake-tool", "tools": tools, "stream": stream})
    assert "weather" in reply.text
    assert "You said" not in reply.text


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_comes_before_the_text(provider: FakeProvider, name: str, stream: bool) -> None:
    path, body = ASKED[name]
    path = path.replace("gemini-2.5-flash", "fake-reasoning")
    if name == "gemini" and stream:
        path = path.replace("generateContent", "streamGenerateContent") + "?alt=sse"
    text = post(provider, path, {**body, "model": "fake-reasoning", "stream": stream}).text
    assert text.index("something.") < text.index("You")


def test_usage_is_streamed_only_when_asked_for(provider: FakeProvider) -> None:
    assert "total_tokens" not in chat(provider, "gpt-4o", stream=True).text
    assert "total_tokens" in chat(provider, "gpt-4o", stream=True, stream_options={"include_usage": True}).text


@pytest.mark.parametrize(("name", "header"), [("openai", "authorization"), ("anthropic", "x-api-key")])
def test_a_wrong_key_gets_401_in_the_dialect(name: str, header: str) -> None:
    path, body = ASKED[name]
    with running_fake_provider(key="sk-fake-right") as provider:
        wrong = post(provider, path, body, **{header: "sk-fake-wrong"})
        assert wrong.status_code == 401
        assert wrong.json()["error"]["type"] in ("invalid_request_error", "authentication_error")
        right = "Bearer sk-fake-right" if header == "authorization" else "sk-fake-right"
        assert post(provider, path, body, **{header: right}).status_code == 200


def test_a_key_in_the_query_is_a_key() -> None:
    path, body = ASKED["gemini"]
    with running_fake_provider(key="fake-right") as provider:
        assert post(provider, path, body).json()["error"]["status"] == "UNAUTHENTICATED"
        assert post(provider, f"{path}?key=fake-right", body).status_code == 200


@pytest.mark.parametrize("status", [400, 429, 503, 529])
def test_a_model_name_asks_for_a_status(provider: FakeProvider, status: int) -> None:
    reply = chat(provider, f"fake-{status}")
    assert reply.status_code == status
    assert ("retry-after" in reply.headers) == (status in (429, 503))
    assert str(status) in reply.json()["error"]["message"]


def test_the_queue_comes_before_the_model(provider: FakeProvider) -> None:
    provider.behave("fake-500", "", "fake-reset")
    assert chat(provider, "gpt-4o").status_code == 500
    assert chat(provider, "fake-500").status_code == 200
    with pytest.raises(httpx.TransportError):
        chat(provider, "gpt-4o")
    assert chat(provider, "gpt-4o").status_code == 200


@pytest.mark.parametrize("name", ["fake-cut", "fake-reset", "fake-close"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_broken_connection_breaks(provider: FakeProvider, name: str, stream: bool) -> None:
    with pytest.raises(httpx.TransportError):
        chat(provider, name, stream=stream)


@pytest.mark.parametrize("name", ["fake-hang", "fake-stall"])
def test_silence_lasts_until_the_client_leaves(provider: FakeProvider, name: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        body = {"model": name, "messages": HELLO, "stream": True}
        httpx.post(f"{provider.url}/v1/chat/completions", json=body, timeout=0.2, trust_env=False)
    left = time.time()
    while provider.open_connections() and time.time() < left + 2:
        time.sleep(0.01)
    connection = provider.connections[0]
    assert connection.closed_by_client_during == "/v1/chat/completions"
    assert abs(connection.closed_by_client_at - left) < 0.25


def test_odd_replies_are_as_odd_as_they_say(provider: FakeProvider) -> None:
    assert chat(provider, "fake-html").text.startswith("<!DOCTYPE html>")
    assert chat(provider, "fake-empty").content == b""
    assert chat(provider, "fake-split-503").status_code == 503
    assert chat(provider, "fake-gzip").headers["content-encoding"] == "gzip"
    assert "object" in chat(provider, "fake-gzip").json()
    with pytest.raises(ValueError, match=r"Unterminated|delimiter|value"):
        chat(provider, "fake-cut-json").json()
    assert chat(provider, "fake-error-first").json()["error"]["message"] == "fake: something broke inside"
    assert chat(provider, "fake-error-first", stream=True).text.startswith('data: {"error"')
    broken = chat(provider, "fake-error-in-stream", stream=True).text
    assert broken.index("said") < broken.index('"error"')
    assert "[DONE]" not in broken
    assert 'finish_reason": "stop"' not in chat(provider, "fake-no-end", stream=True).text
    assert max(map(len, chat(provider, "fake-huge-line", stream=True).text.splitlines())) > 2_000_000
    assert chat(provider, "fake-long-50", stream=True).text.count(" word") == 50
    for name in ("fake-bytewise", "fake-split", "fake-trailers", "fake-early-hints"):
        assert chat(provider, name, stream=True).text == chat(provider, name, stream=True).text != ""


def test_coze_reports_errors_in_its_own_events(provider: FakeProvider) -> None:
    provider.behave("fake-error-in-stream", "fake-error-in-stream")
    message = {"role": "user", "content": "hi", "content_type": "text"}
    new = post(provider, "/v3/chat", {"bot_id": "73", "additional_messages": [message], "stream": True})
    old = post(provider, "/open_api/v2/chat", {"bot_id": "73", "query": "hi", "stream": True})
    assert 'event:error\ndata:{"code": 5000' in new.text
    assert '"error_information"' in old.text


def test_pauses_are_as_long_as_the_name_says(provider: FakeProvider) -> None:
    for name, stream, least in (
        ("fake-late-150", False, 0.15),
        ("fake-slow-150", False, 0.15),
        ("fake-slow-10", True, 0.1),
    ):
        began = time.monotonic()
        assert chat(provider, name, stream=stream).status_code == 200
        assert time.monotonic() - began >= least


def test_every_behaviour_is_documented() -> None:
    assert [name for name in PLAIN if name not in str(behaviour.__doc__)] == []


def test_what_was_received_can_be_asked_for(provider: FakeProvider) -> None:
    chat(provider, "gpt-4o")
    received = provider.requests[0]
    assert (received.method, received.path, received.json["model"]) == ("POST", "/v1/chat/completions", "gpt-4o")
    over_http = httpx.get(f"{provider.url}/_requests", trust_env=False).json()
    assert over_http[0]["json"] == received.json
    httpx.post(f"{provider.url}/_behave", json=["fake-503"], trust_env=False)
    assert chat(provider, "gpt-4o").status_code == 503
    assert httpx.get(f"{provider.url}/_connections", trust_env=False).json()["total"] >= 2
    httpx.post(f"{provider.url}/_reset", trust_env=False)
    assert provider.requests == []
    assert httpx.get(f"{provider.url}/_nonsense", trust_env=False).status_code == 404
    assert httpx.get(f"{provider.url}/nonsense", trust_env=False).status_code == 404


def test_a_connection_is_kept_alive_and_chunked_bodies_are_read(provider: FakeProvider) -> None:
    body = json.dumps({"model": "gpt-4o", "messages": HELLO}).encode()
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", provider.port), timeout=5) as raw:
        for _ in range(2):
            raw.sendall(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            seen = b""
            while b"playing openai" not in seen:
                seen += raw.recv(65536)
            assert seen.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert provider.connections[0].requests == 2


def test_planned_answers_are_given_word_for_word(provider: FakeProvider) -> None:
    provider.reply(Answer(207, (("x-odd", "yes"),), (b"a", b"b"), streamed=True))
    reply = chat(provider, "gpt-4o")
    assert (reply.status_code, reply.headers["x-odd"], reply.content) == (207, "yes", b"ab")
    provider.reply(Answer(799, (), (b"",)))
    assert chat(provider, "gpt-4o").status_code == 799


def test_a_recording_is_played_with_its_own_splits(tmp_path: Path) -> None:
    text = 'data: {"a": 1}\n\ndata: {"b": 2}\n\ndata: [DONE]\n\n'
    response = {"status": 200, "headers": {"content-type": "text/event-stream"}, "body_text": text}
    plain, split = tmp_path / "plain.json", tmp_path / "split.json"
    plain.write_text(json.dumps({"response": response, "framing": "sse"}))
    split.write_text(json.dumps({"response": {**response, "chunk_lengths": [3, 20]}, "framing": "sse"}))
    assert len(load_recording(plain).answer.pieces) == 3
    assert [len(piece) for piece in load_recording(split).answer.pieces] == [3, 20, len(text) - 23]
    with running_fake_provider(recordings=[load_recording(plain), load_recording(split)]) as provider:
        assert chat(provider, "any").text == text
        assert chat(provider, "any").text == text


def test_recordings_of_documents_and_bytes_are_played_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    response = {"status": 400, "headers": {"content-length": "999"}, "body_base64": "eyJlcnJvciI6IDF9"}
    path.write_text(json.dumps({"response": response, "framing": "json"}))
    answer = load_recording(path).answer
    assert (answer.status, answer.body, answer.headers) == (400, b'{"error": 1}', ())
    path.write_text(json.dumps({"response": response, "framing": "eventstream"}))
    assert load_recording(path).answer.streamed


async def _in_this_loop() -> str:
    async with FakeProvider() as provider, httpx.AsyncClient(trust_env=False) as client:
        path, body = ASKED["openai"]
        return (await client.post(provider.url + path, json=body)).text


def test_it_runs_in_the_callers_loop_too() -> None:
    assert "hello there" in asyncio.run(_in_this_loop())


def test_it_speaks_tls_with_http_1_1(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with running_fake_provider(tls=tls_context(pem, None)) as provider:
        context = ssl.create_default_context(cafile=str(pem))
        context.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", provider.port)) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as wrapped,
        ):
            assert wrapped.selected_alpn_protocol() == "http/1.1"
            wrapped.sendall(b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            assert wrapped.recv(100).startswith(b"HTTP/1.1 200 OK")


def certificate(folder: Path) -> Path:
    """A certificate for localhost that lives as long as the test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    signed = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(
        key, hashes.SHA256()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "localhost.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_command_prints_where_it_listens() -> None:
    command = [sys.executable, "-m", "scripts.fake_provider", "--port", "0", "--delay", "0"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            printed = process.stdout.readline()
        finally:
            process.terminate()
    assert printed.startswith("fake provider: http://127.0.0.1:")
