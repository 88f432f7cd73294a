"""One fault in a configuration file, told in the same way by every part of the product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file.

    `where` is the file, `key` the path to the value (`buses[0].baudrate`), `found` the value as it stands there or
    "missing"; `zh` and `en` say what was expected and what to do.
    """

    where: str
    key: str
    found: str
    zh: str
    en: str

    def line(self, lang: str) -> str:
        """The fault as one line of text; `lang` beginning with "zh" gives Chinese, anything else English."""
        place = f"{self.where}: {self.key}" if self.key else self.where
        if lang.startswith("zh"):
            found = "缺失" if self.found == "missing" else self.found
            return f"{place}：现为 {found}；{self.zh}"
        return f"{place}: found {self.found}; {self.en}"
