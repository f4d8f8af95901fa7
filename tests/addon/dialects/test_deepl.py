"""DeepL behind a chat client. Nothing of it was recorded: tests/recordings/deepl is written from its OpenAPI file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.deepl import DIALECT, FREE, PAID
from addon.face.encode import whole_as_stream
from tests.addon.dialects.native import IDS, USER, WEATHER, Reading, chat, document, read_by_openai, said_by, said_in
from tests.recordings import Recording, recordings

KEY = "00000000-0000-0000-0000-000000000000"
TARGET = Target(FREE, KEY + ":fx", "deepl-zh")
BUILD = DIALECT.codecs[Endpoint.CHAT].build


def recorded(name: str) -> Recording:
    [recording] = [one for one in recordings(["deepl"], ["chat"]) if one.name == f"chat.{name}"]
    return recording


def test_the_last_message_is_translated_and_nothing_else() -> None:
    history = [{"role": "system", "content": "Translate."}, USER, {"role": "assistant", "content": "你好"}]
    outbound = BUILD(chat(*history, {"role": "user", "content": "Bye"}, temperature=1), TARGET)
    assert (outbound.method, outbound.url) == ("POST", f"{FREE}/v2/translate")
    assert outbound.secrets == (("authorization", f"DeepL-Auth-Key {KEY}:fx"),)
    assert document(outbound) == {"text": ["Bye"], "target_lang": "ZH", "show_billed_characters": True}


def test_tools_are_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        BUILD(chat(tools=[WEATHER]), TARGET)
    assert refused.value.param == "tools"


@pytest.mark.parametrize(
    ("model", "language"), [("deepl-en", "EN"), ("deepl-pt-br", "PT-BR"), ("deepl-zh-hant", "ZH-HANT"), ("deepl", "ZH")]
)
def test_the_language_is_all_behind_the_first_dash(model: str, language: str) -> None:
    assert document(BUILD(chat(), Target(FREE, KEY, model)))["target_lang"] == language


def test_clients_may_use_deepls_own_words() -> None:
    made = document(BUILD(chat(formality="more", source_lang="EN"), TARGET))
    assert (made["formality"], made["source_lang"]) == ("more", "EN")


@pytest.mark.parametrize(
    ("base", "key", "host"),
    [
        (FREE, KEY, PAID),
        (PAID, f" {KEY}:fx ", FREE),
        (f"{PAID}/v2", KEY, PAID),
        ("https://mirror.test", "anything", "https://mirror.test"),
    ],
)
def test_the_key_decides_on_the_host_unless_the_channel_does(base: str, key: str, host: str) -> None:
    assert BUILD(chat(), Target(base, key, "deepl-zh")).url == f"{host}/v2/translate"


@pytest.mark.parametrize("key", ["", "sk-fake", f"DeepL-Auth-Key {KEY}"])
def test_a_key_of_another_form_says_which_it_should_have(key: str) -> None:
    with pytest.raises(BadKey, match="UUID"):
        BUILD(chat(), Target(FREE, key, "deepl-zh"))


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (" ", "messages[0].content"),
        ([{"type": "image_url", "image_url": {"url": "https://x/a.png"}}], "messages[0].content[0]"),
    ],
)
def test_without_a_text_there_is_nothing_to_translate(content: Any, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        BUILD(chat({"role": "user", "content": content}), TARGET)
    assert refused.value.param == param


def test_a_translation_is_an_answer_whole_or_streamed() -> None:
    work = Reading(DIALECT, TARGET)
    body = recorded("translated").body
    said = said_by(work.whole(body))
    assert (said.text, said.finish, said.usage) == ("你好", "stop", {"prompt": 5, "total": 5})
    stream = b"".join(whole_as_stream(work.request, work.events(body), IDS))
    assert said_in(stream).text == "你好"
    for streamed, reply in ((False, work.whole(body)), (True, stream)):
        [read] = read_by_openai(streamed, [reply])
        assert (read.text, read.finish) == ("你好", "stop")


def test_characters_are_counted_where_deepl_does_not_tell() -> None:
    said = said_by(Reading(DIALECT, TARGET).whole(b'{"translations":[{"text":"x"}]}'))
    assert said.usage == {"prompt": 5, "total": 5}


def test_a_reply_without_a_translation_is_a_failure() -> None:
    [failed] = Reading(DIALECT, TARGET).events(b'{"message":"no"}')
    assert isinstance(failed, Failed) and failed.fault.message == "no"


@pytest.mark.parametrize(
    ("name", "kind", "status", "message"),
    [
        ("forbidden", FaultKind.BAD_KEY, 401, "DeepL refused the key; keys of the free plan end with :fx."),
        ("quota-used-up", FaultKind.OUT_OF_BALANCE, 429, "Quota Exceeded"),
        ("too-many", FaultKind.RATE_LIMITED, 429, "DeepL had too many requests in a short time."),
        ("too-large", FaultKind.BAD_REQUEST, 413, "Request body too large"),
        ("bad-language", FaultKind.BAD_REQUEST, 400, "Value for 'target_lang' not supported."),
    ],
)
def test_errors_even_those_without_a_word(name: str, kind: FaultKind, status: int, message: str) -> None:
    recording = recorded(name)
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (fault.kind, fault.status, fault.message) == (kind, status, message)


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["deepl"] is DIALECT
    assert set(DIALECT.codecs) == {Endpoint.CHAT}
    assert json.loads(recorded("translated").body)
