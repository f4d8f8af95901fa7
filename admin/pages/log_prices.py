"""How a request was priced, in words and in one sum, from the computation in its log row. Knows no requests."""

from __future__ import annotations

from typing import Any

from admin.i18n import N_
from admin.i18n import gettext as _
from admin.show import number
from rules.values import LogRecord

UNITS = {
    "image": N_("Pictures"),
    "character": N_("Characters"),
    "second": N_("Seconds"),
    "search": N_("Searches"),
}
PROMPT_CLASSES = {
    "cached": N_("Of these from the cache"),
    "cache_write": N_("Of these written to the cache"),
    "audio_prompt": N_("Of these sound that was heard"),
    "image_prompt": N_("Of these pictures that were seen"),
}
COMPLETION_CLASSES = {
    "reasoning": N_("Of these reasoning"),
    "audio_completion": N_("Of these sound that was spoken"),
    "image_completion": N_("Of these pictures that were drawn"),
}


def computation(row: LogRecord) -> dict[str, Any] | None:
    """How the price was made: the sum in one line, and its terms with their names; None if the row does not say."""
    made = row.detail.get("computation")
    if not isinstance(made, dict) or "model_ratio" not in made:
        return None
    if made.get("unit") in UNITS:
        return in_units(made, row.quota)
    counts = [*token_terms(made, "prompt", 1, PROMPT_CLASSES)]
    counts += token_terms(made, "completion", made.get("completion_ratio", 1), COMPLETION_CLASSES)
    sum_text = (
        f"({' + '.join(counts)}) × {made['model_ratio']:g} × {made.get('group_ratio', 1):g} = {number(row.quota)}"
    )
    return {"sum": sum_text, "terms": terms(made)}


def token_terms(made: dict[str, Any], whole: str, ratio: float, classes: dict[str, str]) -> list[str]:
    """The summands of the prompt or the completion: what is plain, then what has a price of its own."""
    special = {name: made[f"{name}_tokens"] for name in classes if made.get(f"{name}_tokens")}
    plain = number(made.get(f"{whole}_tokens", 0) - sum(special.values()))
    first = plain if ratio == 1 and whole == "prompt" else f"{plain} × {ratio:g}"
    return [first, *(f"{number(count)} × {made.get(f'{name}_ratio', 1):g}" for name, count in special.items())]


def in_units(made: dict[str, Any], quota: int) -> dict[str, Any]:
    """Pictures, characters, seconds and searches: how many, what one counts, and the ratios."""
    factor = made.get("factor", 1)
    factors = [f"{made['count']:g}", *([f"{factor:g}"] if factor != 1 else []), f"{made['points']:g}"]
    factors += [f"{made['model_ratio']:g}", f"{made.get('group_ratio', 1):g}"]
    found = [(_(UNITS[made["unit"]]), f"{made['count']:g}")]
    if made["unit"] == "image":
        found.append((_("Size and quality"), f"{made.get('size', '')} {made.get('quality', '')}".strip()))
    found += [(_("What one of them counts"), f"{made['points'] * factor:g}"), *ratio_terms(made)]
    return {"sum": f"{' × '.join(factors)} = {number(quota)}", "terms": found}


def ratio_terms(made: dict[str, Any]) -> list[tuple[str, str]]:
    ratio = f"{made['model_ratio']:g}"
    known = made.get("known", True)
    return [
        (
            _("Ratio of %(name)s", name=made.get("model", "")),
            ratio if known else _("%(ratio)s (no price known)", ratio=ratio),
        ),
        (_("Ratio of group %(name)s", name=made.get("group", "")), f"{made.get('group_ratio', 1):g}"),
    ]


def terms(made: dict[str, Any]) -> list[tuple[str, str]]:
    of_model, of_group = ratio_terms(made)
    found = [
        (_("Prompt tokens"), number(made.get("prompt_tokens", 0))),
        (_("Completion tokens"), number(made.get("completion_tokens", 0))),
        of_model,
        (_("Ratio of its completion"), f"{made.get('completion_ratio', 1):g}"),
        of_group,
    ]
    for name, title in (PROMPT_CLASSES | COMPLETION_CLASSES).items():
        if made.get(f"{name}_tokens"):
            found.append((_(title), f"{number(made[f'{name}_tokens'])} × {made.get(f'{name}_ratio', 1):g}"))
    return found
