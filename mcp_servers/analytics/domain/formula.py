"""A metric's formula: arithmetic over measures, each of which is summed first."""

import ast
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol, Self, TypeVar


class Operand(Protocol):
    """What a formula can be computed over: numbers, or SQL expressions."""

    def __add__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...
    def __mul__(self, other: Self, /) -> Self: ...


T = TypeVar("T", bound=Operand)
Constant = int | Decimal
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class Formula:
    """`1000 * spend / impressions`, read and checked. Raises ValueError when it holds anything but arithmetic."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise ValueError(f"{text!r} is not arithmetic: {error.msg}") from error
        _refuse_other_than_arithmetic(self._tree, text)

    @property
    def measures(self) -> frozenset[str]:
        """Names of the measures it is computed from."""
        return _names(self._tree)

    @property
    def adds_up(self) -> bool:
        """Whether its value over two sets of rows is the sum of both: a weighted sum of measures, and no ratio."""
        return _is_weighted_sum(self._tree)

    def compute(self, measure: Callable[[str], T], number: Callable[[Constant], T], divide: Callable[[T, T], T]) -> T:
        """Its value over anything that adds and multiplies."""

        def value(node: ast.expr) -> T:
            match node:
                case ast.Name(id=name):
                    return measure(name)
                case ast.Constant(value=int() | float() as constant):
                    return number(constant if isinstance(constant, int) else Decimal(repr(constant)))
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    return value(left) + value(right)
                case ast.BinOp(left=left, op=ast.Sub(), right=right):
                    return value(left) - value(right)
                case ast.BinOp(left=left, op=ast.Mult(), right=right):
                    return value(left) * value(right)
                case ast.BinOp(left=left, op=ast.Div(), right=right):
                    return divide(value(left), value(right))
                case _:
                    raise ValueError(f"{self.text!r} was checked and holds {ast.unparse(node)}")

        return value(self._tree)


def _refuse_other_than_arithmetic(tree: ast.expr, text: str) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.Name() | ast.Load() | ast.Add() | ast.Sub() | ast.Mult() | ast.Div():
                continue
            case ast.BinOp(op=operator) if type(operator) in _SIGNS:
                continue
            case ast.Constant(value=constant) if type(constant) in (int, float):
                continue
            case _:
                raise ValueError(f"{text!r} may hold measures, numbers, + - * / and brackets only")


def _names(tree: ast.expr) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _is_weighted_sum(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _is_weighted_sum(left) and _is_weighted_sum(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            weighted, weight = (left, right) if _names(left) else (right, left)
            return _is_weighted_sum(weighted) and not _names(weight)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _is_weighted_sum(left) and not _names(right)
        case _:
            return False
