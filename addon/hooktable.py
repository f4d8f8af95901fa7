"""The compiled hook dispatch: which callables an event has is worked out once, not anew for every event.

mitmproxy asks each of some forty addons for each hook of each flow, and once more for `update`: half of what a plain
request costs (MITMPROXY.md, M12). What it does stays the same: the order, that a crash is logged and ends what one
addon and its children do, that AddonHalt ends the event. Must not know what the hooks do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from mitmproxy import addons as their
from mitmproxy import exceptions, flow, hooks
from mitmproxy.addonmanager import AddonManager, safecall, traverse

Group = tuple[Callable[..., Any], ...]
"""What an addon and its children have for one event."""

IDLE_WITHOUT: Mapping[type, str] = {
    their.anticache.AntiCache: "anticache",
    their.anticomp.AntiComp: "anticomp",
    their.blocklist.BlockList: "block_list",
    their.maplocal.MapLocal: "map_local",
    their.mapremote.MapRemote: "map_remote",
    their.modifybody.ModifyBody: "modify_body",
    their.modifyheaders.ModifyHeaders: "modify_headers",
    their.proxyauth.ProxyAuth: "proxyauth",
    their.save.Save: "save_stream_file",
    their.savehar.SaveHar: "hardump",
    their.stickyauth.StickyAuth: "stickyauth",
    their.stickycookie.StickyCookie: "stickycookie",
    their.upstream_auth.UpstreamAuth: "upstream_auth",
}
"""Addons of mitmproxy's whose hooks of a flow do nothing as long as this option is empty, which all of them look up."""


class HookTable:
    """Takes the dispatch of an addon manager over between `install` and `uninstall`.

    The table is forgotten when addons come or go and when an option changes.
    """

    def __init__(self, manager: AddonManager) -> None:
        self.manager = manager
        self._groups: dict[str, tuple[Group, ...]] = {}
        self._chain: list[Any] = []
        self._length = 0

    def install(self) -> None:
        manager: Any = self.manager
        manager.handle_lifecycle = self.handle_lifecycle
        manager.trigger_event = self.trigger_event
        manager.register = self._register
        manager.remove = self._remove
        manager.master.options.changed.connect(self._options_changed)

    def uninstall(self) -> None:
        manager: Any = self.manager
        for name in ("handle_lifecycle", "trigger_event", "register", "remove"):
            vars(manager).pop(name, None)
        manager.master.options.changed.disconnect(self._options_changed)

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """The event, and the `update` that follows each event of a flow."""
        [message, *_] = event.args()
        await self.trigger_event(event)
        if isinstance(message, flow.Flow) and self.groups("update"):
            await self.trigger_event(hooks.UpdateHook([message]))

    async def trigger_event(self, event: hooks.Hook) -> None:
        groups = self.groups(event.name)
        if not groups:
            return
        arguments = event.args()
        for group in groups:
            try:
                for call in group:
                    found = call(*arguments)
                    if found is not None and inspect.isawaitable(found):
                        await found
            except exceptions.AddonHalt:
                return
            except exceptions.OptionsError:
                raise
            except Exception:
                # mitmproxy's own way to log it.
                with safecall():
                    raise

    def groups(self, name: str) -> tuple[Group, ...]:
        """The callables of an event, in mitmproxy's order."""
        chain = self.manager.chain
        if chain is not self._chain or len(chain) != self._length:
            self._chain, self._length = chain, len(chain)
            self._groups.clear()
        found = self._groups.get(name)
        if found is None:
            found = self._groups[name] = tuple(group for group in map(self._compiler(name), chain) if group)
        return found

    def _compiler(self, name: str) -> Callable[[Any], Group]:
        def compiled(addon: Any) -> Group:
            return tuple(call for one in traverse([addon]) if (call := self._hook(one, name)) is not None)

        return compiled

    def _hook(self, addon: Any, name: str) -> Callable[..., Any] | None:
        call = getattr(addon, name, None)
        if not call or isinstance(call, ModuleType) or self._is_idle(addon, name):
            return None
        if not callable(call):
            raise exceptions.AddonManagerError(f"Addon handler {name} ({addon}) not callable")
        return call  # type: ignore[no-any-return]

    def _is_idle(self, addon: Any, name: str) -> bool:
        option = IDLE_WITHOUT.get(type(addon))
        return option is not None and name in FLOW_HOOKS and not getattr(self.manager.master.options, option, True)

    def _options_changed(self, updated: set[str]) -> None:
        self._groups.clear()

    def _register(self, addon: Any) -> Any:
        """A script that is loaded again puts its module in place after this: the table is made at the next event."""
        self._groups.clear()
        return AddonManager.register(self.manager, addon)

    def _remove(self, addon: Any) -> None:
        self._groups.clear()
        AddonManager.remove(self.manager, addon)


FLOW_HOOKS = frozenset({"requestheaders", "request", "responseheaders", "response", "error", "http_connect"})
