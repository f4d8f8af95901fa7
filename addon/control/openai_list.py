"""The lists of those who speak OpenAI's dialect, and of those whose list does although their chat does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.canon.request import CannotCarry
from addon.control.listed import Listed, listed, read_openai, rows
from addon.control.way import JSON_ONLY, Documents, Way, bearer, get
from addon.dialects import azure, minimax, openai_files, tencent
from addon.dialects.dashscope_access import KNOWN_ENDS

MODELS = RawRequest(Endpoint.FILES, "GET", "/models", headers=JSON_ONLY)
DEPLOYMENTS_VERSION = "2023-03-15-preview"
"""The last version of Azure's API that lists deployments to who has the resource's key only."""


def ask_openai(target: Target) -> Outbound:
    return openai_files.build(MODELS, replace(target, key=target.minted or target.key))


def ask_dashscope(target: Target) -> Outbound:
    """The compatible mode stands beside the native API, and lists for both."""
    return get(KNOWN_ENDS.sub("", target.base_url) + "/compatible-mode/v1/models", bearer(target))


def ask_minimax(target: Target) -> Outbound:
    key, _ = minimax.keys(target)
    return get(target.base_url.removesuffix("/v1") + "/v1/models", ("authorization", f"Bearer {key}"))


def ask_tencent(target: Target) -> Outbound:
    if not tencent.is_compatible(target):
        raise CannotCarry("key", "Tencent Cloud lists models for keys of TokenHub (sk-…) only.")
    return openai_files.build(MODELS, tencent.compatible_target(target))


def tencent_home(target: Target) -> str:
    return tencent.compatible_target(target).base_url


def ask_deployments(target: Target) -> Outbound:
    root = target.base_url.removesuffix(azure.V1).removesuffix("/openai")
    return get(f"{root}/openai/deployments?api-version={DEPLOYMENTS_VERSION}", ("api-key", target.key))


def read_deployments(target: Target, documents: Documents) -> tuple[Listed, ...]:
    """A deployment is asked for by its own name."""
    found = rows(documents[0], "data")
    return listed(row.get("id") for row in found if row.get("status", "succeeded") == "succeeded")


def ask_azure(target: Target) -> Outbound:
    return azure.build_files(MODELS, target)


def read_azure(target: Target, documents: Documents) -> tuple[Listed, ...]:
    """What could be deployed, where the deployments are not told."""
    return listed(row.get("id") for row in rows(documents[0], "data") if infers(row))


def infers(row: dict[str, Any]) -> bool:
    capabilities = row.get("capabilities")
    return not isinstance(capabilities, dict) or capabilities.get("inference") is not False


OPENAI = (Way(ask_openai, read_openai),)
DASHSCOPE = (Way(ask_dashscope, read_openai),)
MINIMAX = (Way(ask_minimax, read_openai),)
TENCENT = (Way(ask_tencent, read_openai, home=tencent_home),)
AZURE = (Way(ask_deployments, read_deployments), Way(ask_azure, read_azure))
