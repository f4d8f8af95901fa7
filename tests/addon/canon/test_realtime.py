import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.realtime import RealtimeRequest, accept_of, accepted, credential_in, offered, passing, shown, without

BROWSER = (
    "realtime, openai-insecure-api-key.sk-fake-1,openai-organization.org-1 , openai-project.p, openai-beta.realtime-v1"
)


def test_a_browsers_sub_protocols_hold_its_key_which_nobody_sees() -> None:
    assert credential_in(BROWSER) == "sk-fake-1"
    assert credential_in("realtime") == credential_in("") == ""
    assert shown(BROWSER).split(", ")[:2] == ["realtime", "openai-insecure-api-key.…"]
    assert passing(BROWSER) == ("realtime", "openai-beta.realtime-v1")
    assert offered(" , ") == ()


def test_a_key_is_one_in_whatever_case_its_sub_protocol_is_written() -> None:
    odd = "OpenAI-Insecure-API-Key.sk-Fake-1, OpenAI-Project.p"
    assert credential_in(odd) == "sk-Fake-1"
    assert "sk-Fake-1" not in shown(odd)
    assert passing(odd) == ()


@pytest.mark.parametrize(
    ("names", "chosen", "told"),
    [
        (("realtime", "x"), "x", "x"),
        (("x", "realtime"), "", "realtime"),
        (("x", "y"), "other", "x"),
        ((), "realtime", ""),
    ],
)
def test_the_client_is_told_one_that_it_has_offered(names: tuple[str, ...], chosen: str, told: str) -> None:
    assert accepted(names, chosen) == told


def test_the_accept_of_the_rfcs_example() -> None:
    assert accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_conversation_is_a_stream_of_its_own_endpoint() -> None:
    request = RealtimeRequest("gpt-realtime")
    assert (request.endpoint, request.stream, request.include_usage) == (Endpoint.REALTIME, True, False)


def test_a_key_passes_nowhere_else_either() -> None:
    request = RealtimeRequest(
        "m",
        query=(("token", "sk-fake"), ("fake", ""), ("intent", "transcription")),
        protocols=("realtime", "x.sk-fake"),
        headers=(("openai-beta", "realtime=v1"), ("openai-beta", "fake")),
    )
    kept = without(request, ["fake", ""])
    assert (kept.query, kept.protocols) == ((("intent", "transcription"),), ("realtime",))
    assert kept.headers == (("openai-beta", "realtime=v1"),)
    assert without(request, ["", ""]) == request
