"""What google-genai would send to Vertex AI, and where: it is stopped before it does.

Must not know any dialect. The SDK lives in another environment (tests/clients.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.clients import ask

PROJECT = {"project": "fake-project", "location": "global"}
Call = tuple[dict[str, str], str, dict[str, Any]]
"""The client's arguments, a method of `client.models`, and that one's arguments."""


def sent_by_genai(calls: Sequence[Call]) -> list[tuple[str, Any]]:
    """(URL, document) of each call."""
    return [(url, document) for url, document in ask(_SCRIPT, calls)]


_SCRIPT = '''
import json, sys, warnings
warnings.simplefilter("ignore")  # Imagen's method is to go in 2027, and says so
from google.auth.credentials import AnonymousCredentials
from google import genai

def in_json_form(value, name=""):
    """Protocol buffers' JSON: the SDK leaves some names and base64 in the other form that Google takes."""
    if isinstance(value, dict):
        names = {one: one.split("_")[0] + "".join(part.title() for part in one.split("_")[1:]) for one in value}
        return {names[one]: in_json_form(inner, one) for one, inner in value.items()}
    if isinstance(value, list):
        return [in_json_form(one) for one in value]
    return value.replace("-", "+").replace("_", "/") if name == "data" else value

def sent(place, method, arguments):
    identity = {} if "api_key" in place else {"credentials": AnonymousCredentials()}
    client = genai.Client(vertexai=True, **identity, **place)
    seen = []

    def request(verb, path, document, options=None):
        document.pop("_url", None)
        seen.append(client._api_client._build_request(verb, path, document, options))
        raise InterruptedError

    client._api_client.request = request
    try:
        getattr(client.models, method)(**arguments)
    except InterruptedError:
        pass
    return [seen[0].url, in_json_form(seen[0].data)]

print(json.dumps([sent(*case) for case in json.load(sys.stdin)]))
'''
