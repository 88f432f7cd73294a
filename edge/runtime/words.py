"""Which language a person reads: Chinese or English, by the locale."""

import os
from collections.abc import Mapping


def lang(environment: Mapping[str, str] = os.environ) -> str:
    """`"zh"` where the locale is a Chinese one (LC_ALL, LC_MESSAGES, LANG, in this order), else `"en"`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].startswith("zh") else "en"
    return "en"


def say(zh: str, en: str) -> str:
    """The one of two texts that fits the locale."""
    return zh if lang() == "zh" else en
