import pytest

from addon.face.bad_request import BadRequest
from addon.face.decode_realtime import decode_realtime

HEADERS = {
    "upgrade": "WebSocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "realtime, openai-insecure-api-key.sk-fake-1",
    "openai-beta": "realtime=v1",
    "authorization": "Bearer sk-fake-1",
    "origin": "https://app.example",
}


def test_what_passes_is_harmless() -> None:
    query = {"model": "m", "intent": "x", "api-version": "1", "key": "sk-fake-1", "api-key": "sk-fake-1"}
    request = decode_realtime(HEADERS, query)
    assert (request.model, request.query, request.protocols) == ("m", (("intent", "x"),), ("realtime",))
    assert (request.headers, request.key) == ((("openai-beta", "realtime=v1"),), HEADERS["sec-websocket-key"])


def test_azures_clients_name_a_deployment() -> None:
    assert decode_realtime(HEADERS, {"deployment": "mine"}).model == "mine"


@pytest.mark.parametrize(
    ("missing", "query", "param"),
    [
        ("upgrade", {"model": "m"}, None),
        ("sec-websocket-key", {"model": "m"}, None),
        ("sec-websocket-version", {"model": "m"}, None),
        ("", {}, "model"),
        ("", {"model": ""}, "model"),
        ("", {"model": "m", "call_id": "rtc_1"}, "call_id"),
    ],
)
def test_what_is_no_such_upgrade_is_told(missing: str, query: dict[str, str], param: str | None) -> None:
    with pytest.raises(BadRequest) as bad:
        decode_realtime({name: value for name, value in HEADERS.items() if name != missing}, query)
    assert bad.value.param == param
