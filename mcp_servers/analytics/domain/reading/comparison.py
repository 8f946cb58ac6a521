"""Which period a question is about and which one, if any, it is compared with."""

from mcp_servers.analytics.domain.periods import Period, add_months, before, containing, previous
from mcp_servers.analytics.domain.query import Comparison
from mcp_servers.analytics.domain.reading.draft import Draft
from mcp_servers.analytics.domain.reading.lexicon import GrainTerm, RoleTerm
from mcp_servers.analytics.domain.reading.period_pieces import Mention
from mcp_servers.analytics.domain.wording import period as period_words
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_PERIODS = {
    "en": ("this month", "last month", "this year"),
    "es": ("este mes", "el mes pasado", "este año"),
}


def read_periods(draft: Draft) -> None:
    """Set the draft's period and comparison; use up every word that said so."""
    _read_than(draft)
    baseline = _baseline(draft)
    places = draft.periods()
    if len(places) > 2:
        raise Unsupported("several_periods")
    mentions = [found.mention for at in places if (found := draft.period_at(at))]
    changing = bool(list(draft.roles("growth", "comparison")))
    if baseline is None and len(mentions) == 2 and (whole := _one_after_the_other(draft, places, mentions)):
        draft.period = whole
    elif baseline is None and len(mentions) == 2:
        _two_periods(draft, mentions, comparing=changing)
    elif len(mentions) == 2:
        raise Unsupported("several_periods")
    elif mentions and mentions[0].parts and baseline is None and list(draft.roles("growth")):
        draft.compare_to, draft.period = (part.resolve(draft.as_of) for part in mentions[0].parts)
    elif mentions and mentions[0].said and baseline is None and _compares_ends(draft, mentions[0], places[0]):
        _two_periods(draft, list(mentions[0].said), comparing=_only_compares_periods(draft, places[0]))
    elif mentions:
        draft.period = mentions[0].resolve(draft.as_of)
    _compare(draft, baseline, mentions[0] if len(mentions) == 1 else None)
    draft.use(*places)
    _use_words(draft)


def _one_after_the_other(draft: Draft, places: list[int], mentions: list[Mention]) -> Period | None:
    """`in September and October, by month`: both, when rows tell them apart and no day lies between."""
    cut = any(isinstance(item.term, GrainTerm) for item in draft.items)
    if not cut or not draft.has_role(draft.before(places[1]), "and"):
        return None
    first, last = mentions[0].resolve(draft.as_of), mentions[1].resolve(draft.as_of)
    if mentions[0].year is None and last.start < first.start:
        return None
    follows = (last.start - first.end).days == 1
    return Period(start=first.start, end=last.end) if follows else None


def _read_than(draft: Draft) -> None:
    """`más ventas que en septiembre`, `higher than in May`: two periods compared, when nothing is being ranked."""
    for at in draft.roles("which", "versus"):
        compared = any(draft.has_role(n, "most", "least", "minus") for n in range(at))
        if compared and draft.items[at].said in {"que", "than"} and draft.period_at(draft.after(at)):
            draft.items[at].term = RoleTerm("versus")
            for n in range(at):
                if draft.has_role(n, "most", "least", "minus"):
                    draft.items[n].term = RoleTerm("more")


def _compares_ends(draft: Draft, mention: Mention, place: int) -> bool:
    """Whether a span is none: `compare October to September`, `this month to last month`."""
    return mention.backwards or _only_compares_periods(draft, place)


def _only_compares_periods(draft: Draft, place: int) -> bool:
    """Whether `compare` has nothing but the ends of a span to compare."""
    if not list(draft.roles("comparison")):
        return False
    metrics = sum(draft.metric_at(at) is not None for at in range(len(draft.items)))
    others = any(draft.dimension_at(at) for at in range(len(draft.items)))
    listed = any(len(values) > 1 for values in draft.included.values())
    return draft.has_role(draft.before(place), "comparison") or not (metrics > 1 or others or listed)


def _baseline(draft: Draft) -> Comparison | Mention | None:
    """What the question compares with: a period after `vs`, or `the same period last year`."""
    found: Comparison | Mention | None = None
    for at in list(draft.roles("versus")):
        following = draft.after(at)
        mentioned = draft.period_at(following)
        if mentioned:
            _refuse_threshold(draft, at, following)
            found = mentioned.mention
            draft.use(at, following)
        elif draft.has_role(following, "previous_period", "previous_year"):
            draft.use(at)
    for at in list(draft.roles("previous_period", "previous_year")):
        found = "previous_year" if draft.has_role(at, "previous_year") else "previous_period"
        draft.use(at)
    return found


def _refuse_threshold(draft: Draft, at: int, following: int | None) -> None:
    """`more than 2000` is no comparison with the year 2000."""
    said = draft.items[following].text if following is not None else ""
    if said.isdecimal() and draft.items[at].said in {"than", "que"}:
        raise Unsupported("unused_words", words=quoted([said]))


def _two_periods(draft: Draft, mentions: list[Mention], *, comparing: bool) -> None:
    first, last = sorted((mention.resolve(draft.as_of) for mention in mentions), key=lambda period: period.start)
    if not comparing:
        names = [period_words(p, draft.language) for p in (first, last)]
        whole = period_words(Period(start=first.start, end=max(first.end, last.end)), draft.language)
        options = [f"{names[1]} vs {names[0]}", *names, whole]
        raise NeedsClarification("two_periods", options)
    draft.period, draft.compare_to = last, first


def _compare(draft: Draft, baseline: Comparison | Mention | None, main: Mention | None) -> None:
    if isinstance(baseline, Mention):
        _compare_with(draft, baseline, main)
    elif baseline:
        _need_period(draft)
        draft.compare_to = baseline
    elif draft.compare_to is None and list(draft.roles("growth")):
        _need_period(draft)
        draft.compare_to = "previous_period"
    if draft.compare_to == "previous_period" and main and draft.period:
        draft.compare_to = _same_part_before(main, draft.period)


def _compare_with(draft: Draft, baseline: Mention, main: Mention | None) -> None:
    said, weeks = baseline.resolve(draft.as_of), draft.model.time.week_start
    if draft.period is None:
        if baseline.unit is None or said != before(draft.as_of, baseline.unit, 1, weeks):
            raise NeedsClarification("which_period", _PERIODS[draft.language])
        draft.period = containing(draft.as_of, baseline.unit, weeks).until(draft.as_of)
        draft.compare_to = said
    elif baseline.relative and baseline.unit:
        draft.compare_to = before(draft.period.start, baseline.unit, 1, weeks)
    elif baseline.unit == "year" and main and main.unit in {"date", "week", "month", "quarter"}:
        draft.compare_to = "previous_year"
    else:
        draft.compare_to = previous(draft.period) if said == draft.period else said


def _same_part_before(main: Mention, period: Period) -> Period | Comparison:
    """For a quarter or year so far, the same part of the one before; whole and shorter periods need no care."""
    if main.unit in {"quarter", "year"} and period != containing(period.start, main.unit):
        back = 3 if main.unit == "quarter" else 12
        return Period(start=add_months(period.start, -back), end=add_months(period.end, -back))
    return "previous_period"


def _need_period(draft: Draft) -> None:
    if draft.period is None:
        raise NeedsClarification("which_period", _PERIODS[draft.language])


def _use_words(draft: Draft) -> None:
    draft.use(*draft.roles("all_time"))
    if draft.compare_to is not None:
        draft.use(*draft.roles("growth", "comparison", "more", "less"))
