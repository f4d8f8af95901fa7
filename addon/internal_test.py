"""A channel test: a real request through the relay, to that one channel in any status, unbilled.

The endpoint is the model's: an embedding model embeds, a speech model speaks. A picture is drawn only if its model is
named, for it costs what a picture costs; a channel with nothing else shows its key by its provider's list of models.
Must not know Flask.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, assert_never

from addon.attempts import Answer, Failure, Served, Uncarried
from addon.canon.endpoint import Endpoint
from addon.control.listed import Listed
from addon.control.samples import choose, endpoint_of, sample, summary
from addon.errors import Refusal
from addon.exchange import Visit
from addon.face.decode import decode
from addon.internal_control import NOT_OFFERED, ask_models, known, operator
from addon.reception import admit
from addon.services import Services
from rules.providers import PROVIDERS
from rules.values import Channel

TEST_MODEL = "gpt-3.5-turbo"
COSTS = "Its models draw pictures or talk live, which costs money, so none was asked: test a picture model by its name."
COSTS_ZH = "该渠道只有绘图或实时对话模型，测试会产生费用，因此没有调用：请指定绘图模型的名称进行测试"
NOT_TESTABLE = Refusal(501, "该类型的渠道没有可以测试的接口", "a channel of this type has nothing that could be tested")


async def test_channel(services: Services, visit: Visit, question: Mapping[str, Any]) -> Refusal | None:
    """Makes `visit.exchange` ready, or says why not."""
    channel = known(services, question)
    if isinstance(channel, Refusal):
        return channel
    model = str(question.get("model") or "") or test_model(channel)
    if not model:
        return test_key(services, visit, channel)
    provider = PROVIDERS.get(channel.type)
    endpoint = endpoint_of(provider, model) if provider else Endpoint.CHAT
    if endpoint is None:
        return NOT_TESTABLE
    request = decode(endpoint, *sample(endpoint, model, services.settings["TEST_PROMPT"]))
    refusal = await admit(services, visit, operator(channel), request)
    if visit.exchange is not None:
        visit.exchange.wrap = lambda answer: report(answer, endpoint, model, time.monotonic() - visit.began)
    return refusal


def test_model(channel: Channel) -> str:
    """The model that is tested where none is named; "" if all of them are dear."""
    provider = PROVIDERS.get(channel.type)
    models = channel.models or (provider.models if provider else ())
    if provider is None or not models:
        return next(iter(models), TEST_MODEL)
    return choose(provider, models)


def test_key(services: Services, visit: Visit, channel: Channel) -> Refusal | None:
    """Shows that the key opens the door, by a question that costs nothing."""

    def tell(models: tuple[Listed, ...]) -> dict[str, Any]:
        took = round(time.monotonic() - visit.began, 3)
        return {"message": f"The key opens the list of {len(models)} models. {COSTS}", "time": took, "modelName": ""}

    refusal = ask_models(services, visit, channel, tell)
    return Refusal(501, COSTS_ZH, COSTS) if refusal is NOT_OFFERED else refusal


def report(answer: Answer, endpoint: Endpoint, model: str, seconds: float) -> bytes:
    """`{"success", "message", "time", "modelName"}`; `time` in seconds."""
    match answer:
        case Served(translated=translated):
            success, message = True, summary(endpoint, translated.content_type, translated.body)
        case Failure(fault=fault):
            success, message = False, fault.message
        case Uncarried(reason=reason):
            success, message = False, reason.message
        case _ as never:
            assert_never(never)
    return json.dumps({"success": success, "message": message, "time": round(seconds, 3), "modelName": model}).encode()
