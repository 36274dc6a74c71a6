"""One measured number with its bound."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Result:
    """`value` is measured; `least` or `most` is what it is held to."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    detail: str = ""

    @property
    def is_within(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        verdict = "within" if self.is_within else "MISSED"
        return f"{self.name}: {self.value:.3g} {self.unit} ({bound}: {verdict}) {self.detail}".rstrip()
