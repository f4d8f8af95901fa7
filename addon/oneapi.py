"""The entry for `mitmdump -s addon/oneapi.py`: puts the relay and the pages together. No logic, no state."""

from addon.compose import make_addon

addons = [make_addon()]
