"""Which values are meant, which are left out, and which dimension nouns merely say what a value is."""

from mcp_servers.analytics.domain.catalogue import Value
from mcp_servers.analytics.domain.model import DimensionName
from mcp_servers.analytics.domain.reading.composing import PER
from mcp_servers.analytics.domain.reading.draft import JOINING, Draft
from mcp_servers.analytics.domain.reading.lexicon import AbsentTerm, UnknownTerm, ValueTerm
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_CUTTING: tuple[Role, ...] = ("by", "each", "which")
_RANKING: tuple[Role, ...] = ("top", "bottom", "best", "worst", "most", "least")


def refuse_unknown(draft: Draft) -> None:
    """Decline a question with words that nothing explains, or ask when something is spelt much like them."""
    for item in draft.items:
        if isinstance(item.term, AbsentTerm):
            raise Unsupported(
                "absent_value", dimension=draft.dimension_name(item.term.dimension), name=f"“{item.text}”"
            )
    _refuse_why(draft)
    _refuse_one_place(draft)
    runs = _unknown_runs(draft)
    if not runs:
        return
    options: list[str] = []
    for text in runs:
        close = [_described(draft, value) for value in draft.catalogue.similar(text)]
        close += draft.lexicon.similar(text, draft.language)
        if not close:
            raise Unsupported("unknown_words", words=quoted(runs))
        options += close
    raise NeedsClarification("did_you_mean", options, words=quoted(runs))


def _refuse_why(draft: Draft) -> None:
    """`por qué` asks for reasons, unless it asks by way of what: `¿por qué canal?`."""
    for at in draft.roles("which"):
        if draft.items[at].said == "por que" and not draft.dimension_at(draft.after(at)):
            raise Unsupported("unused_words", words=quoted([draft.items[at].text]))


def _refuse_one_place(draft: Draft) -> None:
    """`the second best campaign`, `la segunda mejor`: a ranking shows its first rows, not one place of it."""
    ordinals = draft.lexicon.vocabulary.time.ordinal_numbers
    for at, item in enumerate(draft.items):
        beside = (n for n in (at - 1, at + 1) if 0 <= n < len(draft.items))
        number = ordinals.get(item.said)
        if isinstance(item.term, UnknownTerm) and number and any(draft.has_role(n, *_RANKING) for n in beside):
            raise Unsupported("rank_place", words=quoted([item.text]), count=str(number))


def _unknown_runs(draft: Draft) -> list[str]:
    """Unknown words, those side by side together."""
    runs: list[list[str]] = []
    last = -2
    for at, item in enumerate(draft.items):
        if isinstance(item.term, UnknownTerm):
            if at == last + 1:
                runs[-1].append(item.text)
            else:
                runs.append([item.text])
            last = at
    return [" ".join(run) for run in runs]


def settle_values(draft: Draft) -> None:
    """Give every value one reading, by the noun beside it or the list it stands in; use up those nouns."""
    listed: DimensionName | None = None
    for at, item in enumerate(draft.items):
        values = draft.values_at(at)
        if not values:
            continue
        noun = _noun_of(draft, at, values)
        dimension: DimensionName | None = None
        if noun is not None:
            draft.use(noun)
            found = draft.dimension_at(noun)
            dimension = found.dimension if found else None
        elif _continues_list(draft, at):
            dimension = listed
        chosen = _one_reading(draft, item.text, values, dimension)
        if noun is None:
            _ask_if_doubtful(draft, at, chosen)
        item.term = ValueTerm((chosen,))
        listed = chosen.dimension


def _noun_of(draft: Draft, at: int, values: tuple[Value, ...]) -> int | None:
    """The noun of `campaign X`, `X campaign` or `campaigns X and Y` that says what a value is."""
    known = {value.dimension for value in values}
    ahead = draft.before(at)
    noun = draft.dimension_at(ahead)
    if noun and noun.dimension in known and ahead is not None and not draft.items[ahead].used:
        cut = draft.before(ahead, skipping=frozenset({"article"}))
        adjacent = ahead == at - 1
        if adjacent or not draft.has_role(cut, *_CUTTING):
            return ahead
    behind = at + 1 if at + 1 < len(draft.items) else None
    noun = draft.dimension_at(behind)
    return behind if noun and noun.dimension in known else None


def _continues_list(draft: Draft, at: int) -> bool:
    previous = draft.before(at)
    if draft.has_role(previous, *JOINING) and previous is not None:
        return bool(draft.values_at(draft.before(previous)))
    return bool(draft.values_at(previous)) and draft.items[at].after_comma


def _one_reading(draft: Draft, text: str, values: tuple[Value, ...], dimension: DimensionName | None) -> Value:
    fitting = [value for value in values if value.dimension == dimension] or list(values)
    kinds = {value.dimension for value in fitting}
    if kinds == {"country", "region"}:
        fitting = [value for value in fitting if value.dimension == "country"]  # a country holds its namesake
    if len(fitting) > 1:
        raise NeedsClarification("which_reading", [_described(draft, v) for v in fitting], name=quoted([text]))
    return fitting[0]


def _ask_if_doubtful(draft: Draft, at: int, value: Value) -> None:
    """`la meta de ventas` is a goal, `el gasto en Meta` a platform."""
    text = draft.items[at].text
    if draft.items[at].said not in draft.model.dimensions[value.dimension].doubtful.get(draft.language, ()):
        return
    noun = at == 0 or draft.has_role(at - 1, "article")
    goal = draft.metric_at(draft.after(at)) and not draft.metric_at(at + 1 if at + 1 < len(draft.items) else None)
    if noun or goal:
        raise NeedsClarification("did_you_mean", [_described(draft, value)], words=quoted([text]))


def ask_about_joined(draft: Draft) -> None:
    """`in Mexico and on TikTok`: both at once, or each? Values of one dimension are simply listed."""
    for at in draft.roles("and", "or"):
        first, second = draft.values_at(draft.before(at)), draft.values_at(draft.after(at))
        if first and second and first[0].dimension != second[0].dimension:
            names = [_described(draft, values[0]) for values in (first, second)]
            raise NeedsClarification("joined_values", [" + ".join(names), *names], first=names[0], second=names[1])


def _described(draft: Draft, value: Value) -> str:
    label = draft.dimension_name(value.dimension)
    return f"{label} {value.name} ({value.id})" if value.id else f"{label} {value.name}"


def read_exclusions(draft: Draft) -> None:
    """`excluding Mexico and Spain`, `sin contar TikTok`, `menos México`."""
    for at in list(draft.roles("exclude", "minus", "but")):
        if draft.has_role(at, "but") and not _after_all(draft, at):
            continue
        first = draft.after(at)
        if draft.dimension_at(first) and first is not None:
            first = draft.after(first)
        values = draft.values_at(first)
        if not values or first is None:
            continue
        places = draft.list_of_values(first, values[0].dimension)
        for place in places:
            draft.exclude(draft.values_at(place)[0])
        draft.use(at, *places)
    _read_left_out(draft)


def _read_left_out(draft: Draft) -> None:
    """`leaving Mexico and Spain out`, `dejando a México fuera`: nothing between, and the last word says which way."""
    for at in list(draft.roles("leave")):
        first = draft.after(at)
        values = draft.values_at(first)
        places = draft.list_of_values(first, values[0].dimension) if values and first is not None else []
        following = draft.after(places[-1]) if places else None
        if following is None or not draft.has_role(following, "out"):
            continue
        for place in places:
            draft.exclude(draft.values_at(place)[0])
        draft.use(at, *places, following)


def _after_all(draft: Draft, at: int) -> bool:
    """Whether this is the `but` of `all platforms but TikTok`."""
    noun = draft.before(at)
    if noun is None or draft.dimension_at(noun) is None:
        return False
    return draft.has_role(draft.before(noun), "all")


def read_inclusions(draft: Draft) -> None:
    """Every value not left out is a filter."""
    _refuse_per_amount(draft)
    for at, item in enumerate(draft.items):
        if not item.used and (values := draft.values_at(at)):
            draft.include(values[0])
            draft.use(at)


def _refuse_per_amount(draft: Draft) -> None:
    """`clicks per dollar` is a ratio, and no filter on a currency."""
    for at in range(len(draft.items)):
        values, ahead = draft.values_at(at), draft.before(at)
        if not values or ahead is None or values[0].dimension != "currency":
            continue
        if draft.has_role(ahead, "by", "each") and draft.items[ahead].said in PER:
            raise Unsupported("unused_words", words=quoted([f"{draft.items[ahead].text} {draft.items[at].text}"]))
