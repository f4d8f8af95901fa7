"""The provider's side of an attempt; what follows from attempts is in test_stream."""

from mitmproxy.proxy.layers.http import RequestProtocolError, ResponseProtocolError

from addon.attempting import AttemptStream, breaks_off, cancel
from addon.stream import RelayStream
from tests.addon.conversation import Conversation
from tests.addon.house import KEY, ROOT_TOKEN, House

ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}


def test_each_attempt_has_an_id_of_its_own(house: House) -> None:
    house.channel("gpt-4o")
    first, second = house.conversation(), house.conversation()
    for talk in (first, second):
        talk.ask(ASKED, authorization=f"Bearer {ROOT_TOKEN}")
    ids = [stream_of(talk).current for talk in (first, second)]
    assert len({*ids}) == 2
    assert min(one or 0 for one in ids) >= 1_000_000


def test_the_body_is_sent_once_with_the_key(house: House) -> None:
    house.channel("gpt-4o")
    talk = house.conversation()
    talk.ask(ASKED, authorization=f"Bearer {ROOT_TOKEN}")
    sent = talk.sent[talk.opened[0]]
    assert sent.count(b"POST ") == sent.count(b'"messages"') == 1
    assert f"Bearer {KEY}".encode() in sent
    assert b"sec-websocket" not in sent


def test_abandoning_closes_what_still_runs_and_forgets_its_id(house: House) -> None:
    house.channel("gpt-4o")
    talk = house.conversation()
    talk.ask(ASKED, authorization=f"Bearer {ROOT_TOKEN}")
    stream = stream_of(talk)
    talk.client_leaves()
    assert (stream.current, stream.upstream_open) == (None, False)
    assert talk.opened[0] in talk.closed
    assert talk.layer.streams == {}


def test_cancelling_is_an_error_of_that_stream() -> None:
    event = cancel(7)
    assert isinstance(event, RequestProtocolError)
    assert event.stream_id == 7


def test_breaking_off_is_an_error_of_the_reply() -> None:
    event = breaks_off(7, "why")
    assert isinstance(event, ResponseProtocolError)
    assert (event.stream_id, event.message) == (7, "why")


def stream_of(talk: Conversation) -> AttemptStream:
    found = {id(one): one for one in talk.layer.streams.values()}
    (only,) = found.values()
    assert isinstance(only, RelayStream)
    return only
