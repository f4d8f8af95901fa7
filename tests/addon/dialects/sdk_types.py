"""Checks request documents against the request types of the providers' own SDKs. Runs in the clients' environment.

stdin: a JSON list of [sdk, document]; stdout: a JSON list of what is wrong with each, "" if nothing is.
Must not import the product: the SDKs live in an environment of their own.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import typing
from collections.abc import Callable, Iterator
from typing import Any

import pydantic
import typing_extensions


def strict_anthropic() -> Callable[[Any], None]:
    """`MessageCreateParams` with every unknown key refused, at any depth, and nothing validated lazily.

    The SDK also takes its own reply objects as content; those allow unknown keys, so they are taken out.
    """
    typing.Iterable = list  # before the SDK reads it: an Iterable is checked lazily
    import anthropic.types

    modules = [
        importlib.import_module(f"anthropic.types.{found.name}")
        for found in pkgutil.iter_modules(anthropic.types.__path__)
    ]
    [_, blocks] = typing.get_args(anthropic.types.message_content_param.MessageContentParam)
    params = [block for block in typing.get_args(typing.get_args(blocks)[0]) if typing_extensions.is_typeddict(block)]
    replaced = {"SequenceNotStr": list, "MessageContentParam": str | list[typing.Union[tuple(params)]]}  # noqa: UP007
    for module in modules:
        for name, value in list(vars(module).items()):
            if name in replaced:
                setattr(module, name, replaced[name])
            elif typing_extensions.is_typeddict(value) and not hasattr(value, "__pydantic_config__"):
                value.__pydantic_config__ = {"extra": "forbid"}
    adapter = pydantic.TypeAdapter(anthropic.types.message_create_params.MessageCreateParams)
    return lambda document: void(adapter.validate_python(document))


def strict_gemini() -> Callable[[Any], None]:
    """`Content` and `GenerateContentConfig`, which refuse unknown keys themselves. The SDK's configuration is flat."""
    from google.genai import types

    def check(document: dict[str, Any]) -> None:
        config = dict(document)
        for content in config.pop("contents"):
            types.Content.model_validate_json(json.dumps(content))
        config |= config.pop("generationConfig", {})
        types.GenerateContentConfig.model_validate_json(json.dumps(config))

    return check


def strict_gemini_embeddings() -> Callable[[Any], None]:
    from google.genai import types

    def check(document: dict[str, Any]) -> None:
        for request in document["requests"]:
            config = dict(request)
            types.Content.model_validate_json(json.dumps(config.pop("content")))
            config.pop("model")
            types.EmbedContentConfig.model_validate_json(json.dumps(config))

    return check


def strict_mistral_speech() -> Callable[[Any], None]:
    """`SpeechRequestTypedDict` with unknown keys refused."""
    from mistralai.client.models import speechrequest

    speechrequest.SpeechRequestTypedDict.__pydantic_config__ = {"extra": "forbid"}
    adapter = pydantic.TypeAdapter(speechrequest.SpeechRequestTypedDict)
    return lambda document: void(adapter.validate_python(document))


def void(_: Any) -> None:
    return None


CHECKS = {
    "anthropic": strict_anthropic,
    "gemini": strict_gemini,
    "gemini-embeddings": strict_gemini_embeddings,
    "mistral-speech": strict_mistral_speech,
}


def verdicts(cases: list[list[Any]]) -> Iterator[str]:
    checks = {sdk: CHECKS[sdk]() for sdk in {sdk for sdk, _ in cases}}
    for sdk, document in cases:
        try:
            checks[sdk](document)
            yield ""
        except pydantic.ValidationError as error:
            yield str(error)


if __name__ == "__main__":
    json.dump(list(verdicts(json.load(sys.stdin))), sys.stdout)
