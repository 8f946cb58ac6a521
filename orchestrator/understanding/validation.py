"""The one validation of a reading, whichever engine made it: names are linked, values judged, nothing is invented."""

from datetime import date
from decimal import Decimal, InvalidOperation

from agents.assignment import Budget, Country, Engine, Goal
from kernel.errors import InvalidInput
from kernel.money import Money
from orchestrator.domain.brief import Brief, BudgetChange, Problem
from orchestrator.domain.turn import ActionRequest, Situation, Turn
from orchestrator.understanding.catalogue import link_client, link_product
from orchestrator.understanding.countries import resolve_country
from orchestrator.understanding.money import PESO_OF
from orchestrator.understanding.reading import ParsedReading, Reading


def interpret(reading: Reading, situation: Situation, engine: Engine) -> Turn:
    """The typed turn of a reading. What cannot be used becomes a problem that names the field and says why."""
    return _Interpreter(reading, situation, engine).turn()


class _Interpreter:
    def __init__(self, reading: Reading, situation: Situation, engine: Engine) -> None:
        self.reading = reading
        self.situation = situation
        self.engine: Engine = engine
        self.problems: list[Problem] = list(reading.problems) if isinstance(reading, ParsedReading) else []

    def turn(self) -> Turn:
        reading = self.reading
        plans = reading.route in ("strategy", "change")
        if not plans and reading.route != "action":
            return Turn(route=reading.route, language=reading.language, engine=self.engine)
        countries = self._countries()
        budget, change, bare = self._budget(countries or self.situation.brief.countries)
        client, products = self._product()
        brief = Brief(
            client=client,
            products=products,
            countries=countries,
            budget=budget,
            start=self._date(reading.start),
            end=self._date(reading.end),
            goal=self._goal(),
            audiences=tuple(reading.audiences),
            channels=tuple(reading.channels),
            platforms=tuple(reading.platforms),
            bare_amount=bare,
        )
        action = None
        if reading.route == "action" and reading.action:
            action = ActionRequest(kind=reading.action, campaign=reading.campaign, budget=budget, change=change)
        if not action:
            self.problems += [problem for problem in brief.conflicts() if problem not in self.problems]
        return Turn(
            route=reading.route if action or plans else "help",
            language=reading.language,
            engine=self.engine,
            brief=brief if plans else Brief(),
            lists=reading.lists,
            starts_over=reading.starts_over,
            budget_change=change if plans else None,
            action=action,
            problems=tuple(self._relevant(action)),
        )

    def _relevant(self, action: ActionRequest | None) -> list[Problem]:
        return [problem for problem in self.problems if action is None or problem.field == "budget"]

    def _product(self) -> tuple[str | None, tuple[str, ...]]:
        catalogue = self.situation.catalogue
        client = link_client(self.reading.client, catalogue) if self.reading.client else None
        if self.reading.client and client is None:
            names = tuple(item.name for item in catalogue.clients)
            self.problems.append(Problem(field="client", code="unknown", said=self.reading.client, options=names))
        known = catalogue.products(client)
        products: list[str] = []
        for said in self.reading.products:
            matches = link_product(said, known)
            if len(matches) == 1:
                products.append(matches[0])
            else:
                code = "ambiguous" if matches else "unknown"
                options = tuple(matches) or known
                self.problems.append(Problem(field="product", code=code, said=said, options=options))
        return client or self._owner(products), tuple(dict.fromkeys(products))

    def _owner(self, products: list[str]) -> str | None:
        """The one client that sells all the products; several are asked about."""
        catalogue, current = self.situation.catalogue, self.situation.brief.client
        if not products:
            return None
        owners = [name for name in catalogue.owners(products[0]) if all(name in catalogue.owners(p) for p in products)]
        if current in owners:
            return current
        if len(owners) > 1:
            self.problems.append(Problem(field="client", code="ambiguous", said=products[0], options=tuple(owners)))
        return owners[0] if len(owners) == 1 else None

    def _countries(self) -> tuple[Country, ...]:
        found: list[Country] = []
        for said in self.reading.countries:
            country = resolve_country(said)
            if country is None:
                self.problems.append(Problem(field="country", code="unknown", said=said))
            elif country not in found:
                found.append(country)
        return tuple(found)

    def _budget(self, countries: tuple[Country, ...]) -> tuple[Budget | None, BudgetChange | None, Decimal | None]:
        """The budget, or how it changes, or an amount whose currency is still to be said."""
        reading, current = self.reading, self.situation.brief.budget
        amount = self._decimal(reading.budget_amount)
        percent = self._decimal(reading.budget_percent)
        if reading.budget_change != "set" and (amount is not None or percent is not None):
            return None, BudgetChange(direction=reading.budget_change, amount=amount, percent=percent), None
        if amount is None and reading.budget_currency:
            amount = self.situation.brief.bare_amount
        if amount is None:
            return None, None, None
        if amount <= 0:
            self.problems.append(Problem(field="budget", code="not_positive", said=f"{amount:f}"))
            return None, None, None
        currency = reading.budget_currency or self._peso(countries) or (current.currency if current else None)
        if currency is None:
            self.problems.append(Problem(field="budget", code="currency_missing", said=f"{amount:f}"))
            return None, None, amount
        try:
            return Budget.of(Money.parse(amount, currency)), None, None
        except InvalidInput:
            self.problems.append(Problem(field="budget", code="too_precise", said=f"{amount:f} {currency}"))
            return None, None, None

    def _peso(self, countries: tuple[Country, ...]) -> str | None:
        if isinstance(self.reading, ParsedReading) and self.reading.pesos and len(countries) == 1:
            return PESO_OF.get(countries[0].code)
        return None

    def _goal(self) -> Goal | None:
        value = self._decimal(self.reading.goal_value)
        if value is None:
            return None
        if value <= 0:
            self.problems.append(Problem(field="goal", code="not_positive", said=f"{value:f}"))
            return None
        if self.reading.goal_metric is None:
            self.problems.append(Problem(field="goal", code="metric_missing", said=f"{value:f}"))
            return None
        return Goal(metric=self.reading.goal_metric, value=value)

    def _date(self, said: str | None) -> date | None:
        if said is None:
            return None
        try:
            return date.fromisoformat(said)
        except ValueError:
            self.problems.append(Problem(field="period", code="invalid_date", said=said))
            return None

    def _decimal(self, said: str | None) -> Decimal | None:
        try:
            value = Decimal(said) if said else None
        except InvalidOperation:
            value = None
        return value if value is not None and value.is_finite() else None
