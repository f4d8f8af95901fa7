"""The ways out, with a head and without; when they are taken is in test_stream and test_patient."""

import pytest

from addon.departing import Phase
from addon.stream import RelayStream
from tests.addon.conversation import Conversation
from tests.addon.house import ROOT_TOKEN, House

ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "stream": True}


@pytest.fixture
def talk(house: House) -> Conversation:
    house.channel("gpt-4o")
    talk = house.conversation()
    talk.ask(ASKED, authorization=f"Bearer {ROOT_TOKEN}")
    return talk


def stream_of(talk: Conversation) -> RelayStream:
    (only,) = {id(one): one for one in talk.layer.streams.values()}.values()
    assert isinstance(only, RelayStream)
    return only


def test_the_first_comment_brings_the_head_and_the_second_does_not(talk: Conversation) -> None:
    stream = stream_of(talk)
    assert (stream.phase, stream.early) == (Phase.HEAD, False)
    talk.pass_seconds(15.1)
    assert (stream.phase, stream.early) == (Phase.HEAD, True)
    assert talk.take().count(b"HTTP/1.1 200 OK") == 1
    talk.pass_seconds(15.1)
    assert talk.take() == b"e\r\n: keep-alive\n\n\r\n"


@pytest.mark.parametrize("early", [False, True])
def test_a_client_that_leaves_is_told_nothing_and_settled_once(house: House, talk: Conversation, early: bool) -> None:
    stream = stream_of(talk)
    talk.pass_seconds(15.1 if early else 0)
    talk.take()
    talk.client_leaves()
    assert (stream.phase, talk.take(), talk.hooks.count("error")) == (Phase.DONE, b"", 1)
    assert (talk.layer.streams, len(house.rows()), house.holds()) == ({}, 1, [])


@pytest.mark.parametrize("early", [False, True])
def test_a_fault_is_a_document_or_a_frame(talk: Conversation, early: bool) -> None:
    talk.pass_seconds(15.1 if early else 0)
    talk.take()
    talk.answers(talk.opened[0], b"HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n")
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 500 ") is not early
    assert (b'data: {"error":' in said) is early
    assert talk.layer.streams == {}
