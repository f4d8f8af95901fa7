"""Bare mitmdump and ours, side by side on one machine in one run: `scripts/bench --help`."""
