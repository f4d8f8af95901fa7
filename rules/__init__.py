"""The rules database: what the operator decided, and the money.

Knows peewee (but not in values, providers, pricing). Must not know `addon`, `admin`, Flask, mitmproxy or HTTP.
"""
