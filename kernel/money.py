"""Money: an exact decimal and its ISO 4217 currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from kernel.errors import InvalidInput

_NO_MINOR_UNIT = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})


class InvalidMoney(InvalidInput):
    """An amount or a currency that cannot be money."""


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise InvalidMoney("The amount is not a number.", field="amount", fix="Send a decimal such as 1200.50.")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise InvalidMoney(
                f"{self.currency!r} is not a currency code.", field="currency", fix="Send an ISO 4217 code such as USD."
            )

    @classmethod
    def parse(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Money from text, rounded to nothing: more decimals than the currency has are refused."""
        try:
            value = Decimal(amount)
        except InvalidOperation as error:
            raise InvalidMoney(
                f"{amount!r} is not an amount.", field="amount", fix="Send a decimal such as 1200.50."
            ) from error
        money = cls(value, currency.upper())
        if money.amount != money.amount.quantize(money.minor_unit):
            raise InvalidMoney(
                f"{amount} has more decimals than {money.currency} has.", field="amount", fix="Round it first."
            )
        return money

    @property
    def minor_unit(self) -> Decimal:
        """The smallest amount of this currency: 0.01, or 1 where there are no cents."""
        return Decimal(1) if self.currency in _NO_MINOR_UNIT else Decimal("0.01")

    def split(self, weights: Sequence[Decimal]) -> "list[Money]":
        """Parts in proportion to the weights that add up exactly; the largest remainders take the odd cents."""
        total = sum(weights, Decimal(0))
        if not weights or total <= 0 or any(weight < 0 for weight in weights):
            raise InvalidMoney(
                "A split needs weights of zero or more that are not all zero.", field="weights", fix="Send shares > 0."
            )
        exact = [self.amount * weight / total for weight in weights]
        parts = [share.quantize(self.minor_unit, rounding=ROUND_DOWN) for share in exact]
        odd = int((self.amount - sum(parts, Decimal(0))) / self.minor_unit)
        by_remainder = sorted(range(len(parts)), key=lambda index: exact[index] - parts[index], reverse=True)
        for index in by_remainder[:odd]:
            parts[index] += self.minor_unit
        return [Money(part, self.currency) for part in parts]

    def __str__(self) -> str:
        return f"{self.amount.quantize(self.minor_unit)} {self.currency}"
