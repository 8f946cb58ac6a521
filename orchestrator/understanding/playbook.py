"""The playbook's reading of a message: a deterministic parser of Spanish and English, no model involved."""

import re
from dataclasses import dataclass, field
from datetime import date

from agents.assignment import Language
from orchestrator.domain.brief import Problem
from orchestrator.domain.turn import Situation
from orchestrator.understanding import routes
from orchestrator.understanding.audiences import find_audience
from orchestrator.understanding.catalogue import find_names, unknown_name
from orchestrator.understanding.channels import find_channels, find_platforms
from orchestrator.understanding.countries import find_countries
from orchestrator.understanding.dates import find_period
from orchestrator.understanding.goals import find_goal
from orchestrator.understanding.language import detect_language
from orchestrator.understanding.money import CURRENCY, Mention, currency_named, find_bare, find_money
from orchestrator.understanding.numbers import NUMBER, number
from orchestrator.understanding.reading import ParsedReading
from orchestrator.understanding.text import Found, Span, blank, fold, tidy

_CAMPAIGN_ID = re.compile(r"\b(?:cmp|camp)[_-][\w-]+")
_CAMPAIGN = (
    re.compile(
        r"\b(?i:campañas?|campanas?|campaigns?) (?i:(?:llamada|called|named|de|of) )?[\"']?"
        r"(?P<name>[^\"',.;:\n]{2,80}?)[\"']?"
        r"(?= (?i:a|to|en|by|con|with|por|for|until|hasta|now|ahora|please|por favor)\b|[\"'?!,.;:\n]|$)"
    ),
    re.compile(r"\b(?i:the|la) [\"']?(?P<name>[^\"',.;:\n]{2,60}?)[\"']? (?i:campaign)\b"),
)
_PERCENT = re.compile(rf"(?P<n>{NUMBER}) ?(?:%|por ciento|percent)")
_BY = re.compile(r"\b(?:en|by|por|unos?|otros|another)(?: un)? ?$")
_BUDGET_WORD = re.compile(r"\b(?:presupuesto|budget|inversion|invertir|invest|spend|gastar)\b")


def read(text: str, situation: Situation, today: date) -> ParsedReading:
    """What a message says. Nothing is assumed: what is not said is absent."""
    return _Parser(tidy(text), situation, today).parse()


@dataclass
class _Parser:
    """Takes each kind of fact out of the text before looking for the next, so that nothing is read twice."""

    text: str
    situation: Situation
    today: date
    rest: str = ""
    facts: set[str] = field(default_factory=set[str])

    def parse(self) -> ParsedReading:
        self.rest = self.text
        language = detect_language(self.text, self.situation.language)
        reading = ParsedReading(route="help", language=language)
        self._names(reading)
        self._period(reading, language)
        amounts = self._goal(reading)
        self._budget(reading, amounts)
        self._places(reading)
        self._audience(reading)
        reading.starts_over = routes.starts_over(self.text)
        has_plan_facts = bool(self.facts & {"goal", "period"})
        reading.action = routes.action_of(self.text, has_plan_facts=has_plan_facts)
        reading.route = routes.route_of(self.text, self.situation, facts=len(self.facts), action=reading.action)
        if reading.route == "strategy":
            self._product_unknown(reading)
            self._bare_answer(reading)
        if reading.route == "action":
            reading.campaign = self._campaign()
        return reading

    def _take(self, spans: list[Span], fact: str) -> None:
        if spans:
            self.rest = blank(self.rest, spans)
            self.facts.add(fact)

    def _names(self, reading: ParsedReading) -> None:
        catalogue = self.situation.catalogue
        products = find_names(self.rest, catalogue.products())
        self._take([item.span for item in products], "product")
        clients = find_names(self.rest, [client.name for client in catalogue.clients])
        self._take([item.span for item in clients], "client")
        known = {audience for client in catalogue.clients for audience in client.audiences}
        audiences = find_names(self.rest, known)
        self._take([item.span for item in audiences], "audience")
        reading.products = list(dict.fromkeys(item.value for item in products))
        reading.client = clients[0].value if clients else None
        reading.audiences = list(dict.fromkeys(item.value for item in audiences))

    def _period(self, reading: ParsedReading, language: Language) -> None:
        period, spans = find_period(self.rest, self.today, month_first=language == "en")
        if period.invalid:
            reading.problems.append(Problem(field="period", code="invalid_date", said=period.invalid))
        reading.start = period.start.isoformat() if period.start else None
        reading.end = period.end.isoformat() if period.end else None
        self._take(spans, "period")

    def _goal(self, reading: ParsedReading) -> list[Found[Mention]]:
        """The goal; gives the amounts of money that are left for the budget."""
        amounts = find_money(self.rest)
        goal = find_goal(self.rest, amounts)
        if goal is None:
            return amounts
        reading.goal_metric, reading.goal_value = goal.value.metric, str(goal.value.value)
        self._take([goal.span], "goal")
        return [amount for amount in amounts if amount.span != goal.span]

    def _budget(self, reading: ParsedReading, amounts: list[Found[Mention]]) -> None:
        folded = fold(self.rest)
        amounts = amounts or find_bare(self.rest)
        percent = _PERCENT.search(folded)
        direction = routes.direction_of(self.text)
        if not amounts and percent and direction:
            reading.budget_percent, reading.budget_change = str(number(percent["n"])), direction
            self._take([percent.span()], "budget")
        if not amounts:
            return
        chosen = _near_budget_word(folded, amounts)
        if chosen is None:
            said = ", ".join(self.text[slice(*amount.span)] for amount in amounts)
            reading.problems.append(Problem(field="budget", code="several", said=said))
        else:
            reading.budget_amount, reading.budget_currency = str(chosen.value.amount), chosen.value.currency
            reading.pesos = chosen.value.pesos
            if direction and _BY.search(folded[: chosen.span[0]]):
                reading.budget_change = direction
        self._take([amount.span for amount in amounts], "budget")

    def _places(self, reading: ParsedReading) -> None:
        countries = find_countries(self.rest, shouted=self.text.isupper() and len(self.text) > 20)
        self._take([item.span for item in countries], "country")
        reading.countries = [item.value.code for item in countries]
        platforms = find_platforms(self.rest)
        self._take([item.span for item in platforms], "channel")
        channels = find_channels(self.rest)
        self._take([item.span for item in channels], "channel")
        reading.platforms = list(dict.fromkeys(item.value for item in platforms))
        reading.channels = list(dict.fromkeys(item.value for item in channels))
        reading.lists = routes.list_edit_of(self.text) if self.situation.has_strategy else "set"

    def _audience(self, reading: ParsedReading) -> None:
        audience = find_audience(self.rest)
        if audience and audience.value not in reading.audiences:
            reading.audiences.append(audience.value)
            self._take([audience.span], "audience")

    def _product_unknown(self, reading: ParsedReading) -> None:
        """A product that the text names and the catalogue does not have is kept as said, for validation to refuse."""
        if reading.products:
            return
        named = unknown_name(self.rest)
        words = self.rest.strip(" .!·").split()
        if named:
            reading.products = [named.value]
        elif "product" in self.situation.awaiting and not self.facts and 0 < len(words) <= 6 and _is_name(words):
            reading.products = [" ".join(words)]

    def _bare_answer(self, reading: ParsedReading) -> None:
        """`12000` or `dólares` in answer to the one question they can be an answer to."""
        folded, awaiting = fold(self.rest), self.situation.awaiting
        numbers = [number(match.group()) for match in re.finditer(NUMBER, folded)]
        currency = re.fullmatch(rf"\W*(?:en |in )?(?P<c>{CURRENCY})\W*", folded)
        if "budget" in awaiting and not reading.budget_amount:
            if currency:
                reading.budget_currency = currency_named(self.rest[slice(*currency.span("c"))]) or None
            elif len(numbers) == 1 and "goal" not in awaiting:
                reading.budget_amount = str(numbers[0])
        elif "goal" in awaiting and not reading.goal_value and len(numbers) == 1:
            reading.goal_value = str(numbers[0])

    def _campaign(self) -> str | None:
        identifier = _CAMPAIGN_ID.search(self.text)
        if identifier:
            return identifier.group()
        matches = (pattern.search(self.text) for pattern in _CAMPAIGN)
        said = next((match["name"] for match in matches if match), None)
        return said.strip(" ?!") if said else None


def _is_name(words: list[str]) -> bool:
    """Whether a short answer can be a name: it has letters and does not begin like a refusal or a sentence."""
    return words[0][0].isalpha() and fold(words[0]) not in {"no", "not", "si", "yes", "ok", "i", "dont", "idk", "nada"}


def _near_budget_word(folded: str, amounts: list[Found[Mention]]) -> Found[Mention] | None:
    """The amount said for the budget: the only one, or the one next after a word for budget."""
    if len({(amount.value.amount, amount.value.currency) for amount in amounts}) == 1:
        return amounts[0]
    words = [match.end() for match in _BUDGET_WORD.finditer(folded)]
    if len(words) != 1:
        return None
    after = [amount for amount in amounts if 0 <= amount.span[0] - words[0] <= 20]
    ranged = len(after) > 1 and after[1].span[0] - after[0].span[1] <= 5
    return None if ranged or not after else after[0]
