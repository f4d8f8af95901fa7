"""Who may import whom, as the plan of the house says it. A new module gets its place in FLOORS first."""

from __future__ import annotations

import pytest

from tests.house.source import PACKAGES, imports, modules

INTERNAL = {"internal", "internal_control", "internal_test"}
# The relay, from the top: a room may use its own floor and those below it.
FLOORS: tuple[set[str], ...] = (
    {"oneapi", "cli", "compose"},
    {"hooks", "stream", "transport", "upstream", "delivery", "claiming", "hooktable", "front", "messages"}
    | {"attempting", "sockets", "departing", "patient", "bell"}
    | INTERNAL,
    {"exchange", "doors", "routes", "admission", "plan", "attempts", "translation", "pipe", "raw_pipe"}
    | {"cooling", "pages", "reception", "settlement", "billing", "picture_limits", "services"}
    | {
        "fetch",
        "inlining",
        "named_files",
        "passing",
        "objects",
        "realtime",
        "talking",
        "socket_answers",
        "control",
        "waiting",
    },
    {"dialects", "signing", "wire", "face", "meter", "tokens", "imagesize", "identity", "publicnet"} | {"verdict"},
    {"canon"},
)
FOR_ANYONE = {"errors", "settings"}
# Rooms that know formats and nothing of channels, users or quota.
PURE_FORMATS = {"dialects", "signing", "wire", "face", "canon"}
MITMPROXY = {"oneapi", "cli", "compose", "settings", "doors"} | FLOORS[1] - INTERNAL
PEEWEE_FREE = {"rules.values", "rules.providers", "rules.pricing"}

EDGES = [(name, used, f"{path}:{line}") for name, path in modules() for used, line in imports(path)]


def room(module: str) -> str:
    """addon.dialects.gemini -> dialects"""
    return [*module.split("."), ""][1]


def floor(of: str) -> int:
    return next((number for number, rooms in enumerate(FLOORS) if of in rooms), -1)


def broken(rule: object) -> list[str]:
    """The places where an import breaks `rule(importing module, imported module)`."""
    assert callable(rule)
    return [f"{place}: {name} imports {used}" for name, used, place in EDGES if rule(name, used)]


def test_every_room_of_the_relay_has_a_floor() -> None:
    rooms = {room(name) for name, _ in modules() if name.startswith("addon.")}
    assert rooms - set().union(*FLOORS) - FOR_ANYONE == set()


def test_imports_of_the_relay_go_down() -> None:
    def climbs(name: str, used: str) -> bool:
        inside = name.startswith("addon.") and used.startswith("addon.") and room(used) not in FOR_ANYONE
        return inside and floor(room(used)) < (len(FLOORS) if room(name) in FOR_ANYONE else floor(room(name)))

    assert broken(climbs) == []


def test_packages_know_only_whom_they_may() -> None:
    allowed = {"addon": {"addon", "rules"}, "admin": {"admin", "rules"}, "rules": {"rules"}}

    def strays(name: str, used: str) -> bool:
        ours, theirs = name.split(".")[0], used.split(".")[0]
        composes = name == "addon.compose" and theirs == "admin"
        return theirs in PACKAGES and theirs not in allowed[ours] and not composes

    assert broken(strays) == []


def test_formats_know_no_rules() -> None:
    assert broken(lambda name, used: room(name) in PURE_FORMATS and used.split(".")[0] == "rules") == []


def test_dialects_import_the_common_tongue_what_signs_or_a_dialect_they_compose() -> None:
    def strays(name: str, used: str) -> bool:
        return (
            name.startswith("addon.dialects.")
            and used.startswith("addon.")
            and room(used)
            not in (
                "canon",
                "dialects",
                "signing",
            )
        )

    assert broken(strays) == []


@pytest.mark.parametrize(
    ("library", "may"),
    [
        ("mitmproxy", lambda name: name.startswith("addon.") and room(name) in MITMPROXY),
        ("peewee", lambda name: name.startswith("rules.") and name not in PEEWEE_FREE),
        ("flask", lambda name: name.split(".")[0] == "admin"),
        ("tiktoken", lambda name: room(name) == "tokens"),
    ],
)
def test_a_library_stays_in_its_rooms(library: str, may: object) -> None:
    assert callable(may)
    assert broken(lambda name, used: used.split(".")[0] == library and not may(name)) == []
