"""What the stores refuse, in the reader's language. They speak One API's Chinese; this is the table of its English.

Chinese goes out as it came, for scripts match on it. Must not know any store.
"""

from __future__ import annotations

import re

from admin.i18n import language
from rules.errors import Invalid

# The first pattern that fits the whole message; groups fill in %1, %2 ..
ENGLISH: tuple[tuple[str, str], ...] = (
    (
        r"无效的参数：代理地址应以 http\(s\):// 或 ws\(s\):// 开头",
        "The base URL must begin with http(s):// or ws(s)://",
    ),
    (r"无效的参数：代理地址的主机或端口不合法", "The base URL has no proper host or port"),
    (r"无效的参数：请填写代理地址", "This provider has no address of its own: give the base URL"),
    (r"无效的参数：请至少选择一个分组", "Name at least one group"),
    (r"无效的参数：未知的渠道类型", "Unknown channel type"),
    (r"无效的参数：请选择渠道类型", "Choose the channel's type"),
    (r"无效的参数：密钥只能有一行", "The key may have one line only"),
    (r"无效的参数：超时设置不正确（(.+)）", "The time-outs are not right: %1"),
    (r"无效的参数：配置必须是合法的 JSON 格式", "The configuration must be a JSON object of texts"),
    (r"模型映射必须是合法的 JSON 格式！", "The model mapping must be a JSON object of texts"),
    (r"渠道不存在", "There is no such channel"),
    (r"令牌不存在", "There is no such token"),
    (r"用户不存在", "There is no such user"),
    (r"用户名已被占用", "This user name is taken"),
    (
        r"无效的参数：用户名不能为空或含有空格，最长 (\d+) 个字符",
        "A user name has no spaces and %1 characters at most",
    ),
    (r"无效的参数：密码长度应为 (\d+) 至 (\d+) 个字符", "A password has %1 to %2 characters"),
    (r"无效的参数：额度不能为负数", "Quota cannot be negative"),
    (
        r"(模型|补全|分组)倍率必须是 JSON 对象，值为不小于 0 的数字(?:（(.*)）)?",
        "Ratios are a JSON object of numbers, 0 or more (%2)",
    ),
    (
        r"无法启用 GitHub OAuth，请先填入 GitHub Client Id 以及 GitHub Client Secret！",
        "Fill in the GitHub client ID and secret before you switch on GitHub log-in",
    ),
    (
        r"无法启用邮箱域名限制，请先填入限制的邮箱域名！",
        "Fill in the e-mail domains before you switch on the restriction to them",
    ),
    (
        r"无法启用微信登录，请先填入微信登录相关配置信息！",
        "Fill in the WeChat server before you switch on WeChat log-in",
    ),
    (
        r"无法启用 Turnstile 校验，请先填入 Turnstile 校验相关配置信息！",
        "Fill in the Turnstile keys before you switch on Turnstile",
    ),
    (r"无效的参数：未知的设置项 (\S+)", "There is no option %1"),
    (r"无效的参数：(\S+) 过长或含有不允许的字符", "%1 is too long or holds a character that is not allowed"),
    (r"参数错误：令牌名称过长", "The token's name is too long (30 bytes at most)"),
    (r"参数错误：无效的网段：(.*)", "Not a network: %1"),
    (r"参数错误：令牌额度不能为负数", "The quota of a token cannot be negative"),
    (
        r"令牌已过期，无法启用，请先修改令牌过期时间，或者设置为永不过期",
        "The token has expired: change when it expires, or let it never expire, before you switch it on",
    ),
    (
        r"令牌可用额度已用尽，无法启用，请先修改令牌剩余额度，或者设置为无限额度",
        "The token is used up: give it more, or no limit, before you switch it on",
    ),
    (r"无效的参数：(\S+) 应为文本", "%1 must be text"),
    (r"无效的参数：(\S+) 应为整数", "%1 must be a whole number"),
    (r"无效的参数：(\S+) 应为数字", "%1 must be a number"),
    (r"无效的参数：(\S+) 超出范围", "%1 is out of range"),
    (r"无效的参数：(\S+) 应为 true 或 false", "%1 must be true or false"),
    (r"无效的参数：(\S+) 含有不允许的字符", "%1 holds a character that is not allowed"),
    (r"无效的参数：(\S+) 最长 (\d+) 个字符", "%1 may have %2 characters at most"),
    (r"无效的参数：(\S+) 中的每一项最长 (\d+) 个字符", "Each entry of %1 may have %2 characters at most"),
    (r"无效的参数：(\S+)", "%1 is not valid"),
    (r"无效的参数", "Invalid parameter"),
)
_PATTERNS = tuple((re.compile(pattern), english) for pattern, english in ENGLISH)


def words(refusal: Invalid) -> str:
    """The refusal's message for this request's reader."""
    return refusal.message if language() == "zh" else in_english(refusal.message)


def in_english(message: str) -> str:
    for pattern, english in _PATTERNS:
        found = pattern.fullmatch(message)
        if found:
            for number, group in enumerate(found.groups(), 1):
                english = english.replace(f"%{number}", group or "")
            return english
    return message
