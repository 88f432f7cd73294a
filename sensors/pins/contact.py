"""A contact that bounces, as edges over time; its level counts once it has held (pure)."""


class Contact:
    """One contact: a level that held for `bounce` seconds is the contact's, anything shorter is bouncing or a spike.

    Judged by the times of the edges alone, so that it makes no difference how late they are looked at.
    """

    def __init__(self, bounce: float) -> None:
        self._bounce = bounce
        self._raw: bool | None = None
        self._since = float("-inf")
        self.active: bool | None = None
        """The level that held, None before any has."""
        self.pulses = 0
        """How often it went from inactive to active."""

    def edge(self, active: bool, at: float) -> None:
        """The level changed at `at`; told once more of the same level, nothing happens."""
        at = max(at, self._since)
        self.settle(at)
        if active != self._raw:
            self._raw, self._since = active, at

    def settle(self, now: float) -> None:
        """Take what held until now."""
        if self._raw is None or self._raw == self.active or now < self.settles_at():
            return
        if self._raw and self.active is False:
            self.pulses += 1
        self.active = self._raw

    def settles_at(self) -> float:
        """When the present level will have held; infinity where nothing is pending."""
        return float("inf") if self._raw == self.active else self._since + self._bounce

    def forget(self) -> None:
        """Nothing is known of the level any more; `pulses` stays."""
        self._raw = self.active = None
