"""Which campaigns do best, as far as the data can tell."""

from collections.abc import Sequence

from mcp_servers.analytics.domain.hidden import CAMPAIGN_ID
from mcp_servers.analytics.domain.model import Language, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter
from mcp_servers.analytics.domain.ranking import Method, Ranking, Standing, Sums, rank
from mcp_servers.analytics.domain.shapes import Linear, Reading, reading
from mcp_servers.analytics.domain.wording import metric_label
from mcp_servers.analytics.errors import TooLittleData
from mcp_servers.analytics.insights.answers import CampaignRanking, Interval, RankDirection, RankedCampaign
from mcp_servers.analytics.insights.concluding import common, concluded
from mcp_servers.analytics.insights.figures import Basis, Figures, Row
from mcp_servers.analytics.insights.wording import Texts, during, figure, say

_LISTED = 50
_TEXTS: Texts = {
    "first": {
        "en": "By {metric} {during}, {campaign} comes {place} with {value}; allowing for chance {shrunk}, and"
        " between {low} and {high} with 90 % probability.",
        "es": "Por {metric} {during}, {campaign} queda en {place} lugar con {value}; descontado el azar, {shrunk}, y"
        " con 90 % de probabilidad entre {low} y {high}.",
    },
    "best": {"en": "first", "es": "primer"},
    "worst": {"en": "last", "es": "último"},
    "apart": {
        "en": "It is clearly apart from the other campaigns.",
        "es": "Se distingue con claridad de las demás campañas.",
    },
    "tied": {
        "en": "The data does not clearly tell it apart from {names}.",
        "es": "Los datos no la distinguen con claridad de {names}.",
    },
    "more": {"en": "{n} more", "es": "{n} más"},
    "too_little_one": {
        "en": "1 campaign has too little data to be ranked.",
        "es": "1 campaña tiene muy pocos datos para entrar en la clasificación.",
    },
    "too_little": {
        "en": "{n} campaigns have too little data to be ranked.",
        "es": "{n} campañas tienen muy pocos datos para entrar en la clasificación.",
    },
    "none": {
        "en": "There is no data by campaign for {metric} {during}.",
        "es": "No hay datos por campaña de {metric} {during}.",
    },
    "none_ranked": {
        "en": "No campaign has enough data to be ranked by {metric} {during}: it takes 3 days with data and a size"
        " at which 10 events would be expected.",
        "es": "Ninguna campaña tiene datos suficientes para clasificarla por {metric} {during}: hacen falta 3 días"
        " con datos y un tamaño con el que se esperarían 10 eventos.",
    },
}
_METHODS: dict[Method, dict[Language, str]] = {
    "beta_binomial": {
        "en": "Beta-binomial empirical Bayes: each campaign's proportion is drawn towards those of the others, the"
        " less data the more; events of one day come in bunches, so days' scatter widens the 90 % interval. Ranked by"
        " the interval's cautious end.",
        "es": "Bayes empírico beta-binomial: la proporción de cada campaña se acerca a la del conjunto, tanto más"
        " cuantos menos datos tiene; la dispersión entre días ensancha el intervalo del 90 %. Se ordena por el extremo"
        " prudente del intervalo.",
    },
    "gamma_poisson": {
        "en": "Gamma-Poisson empirical Bayes on events for each unit of exposure (for costs the reverse of the rate):"
        " drawn towards those of the others, the less data the more; days' scatter widens the 90 % interval."
        " Ranked by the interval's cautious end.",
        "es": "Bayes empírico gamma-Poisson sobre eventos por unidad de exposición (en costos, el inverso de la tasa):"
        " se acerca al conjunto de campañas, tanto más cuantos menos datos hay; la dispersión entre días ensancha el"
        " intervalo del 90 %. Se ordena por el extremo prudente del intervalo.",
    },
    "negative_binomial": {
        "en": "Totals as they are, each with the 90 % interval of a count whose days scatter more than chance alone"
        " would make them (negative binomial). Ranked by the interval's cautious end.",
        "es": "Totales tal cual, cada uno con el intervalo del 90 % de un conteo cuyos días se dispersan más de lo que"
        " haría el azar solo (binomial negativa). Se ordena por el extremo prudente del intervalo.",
    },
    "normal": {
        "en": "Normal empirical Bayes on linearised standard errors by day (DerSimonian-Laird). Ranked by the cautious"
        " end of the 90 % interval.",
        "es": "Bayes empírico normal con errores estándar linealizados por día (DerSimonian-Laird). Se ordena por el"
        " extremo prudente del intervalo del 90 %.",
    },
}


class CampaignRanker:
    """Ranks a tenant's campaigns by a metric."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def rank(
        self,
        tenant: str,
        metric: MetricName,
        period: Period,
        *,
        filters: Sequence[Filter] = (),
        limit: int = 10,
        direction: RankDirection = "best",
        language: Language = "en",
    ) -> CampaignRanking:
        """Campaigns by the cautious end of their interval; those with too little data apart."""

        async def conclude() -> CampaignRanking:
            basis = await self._figures.basis(
                tenant, metric, language, period=period, filters=filters, dimensions=("campaign",)
            )
            return await self._ranked(basis, limit, direction)

        catalogue = await self._figures.catalogue(tenant)
        return await concluded(CampaignRanking, metric, catalogue, language, conclude, direction=direction)

    async def _ranked(self, basis: Basis, limit: int, direction: RankDirection) -> CampaignRanking:
        model = basis.catalogue.model
        how = reading(model.metrics[basis.metric], model)
        found = await self._figures.moments(basis, how.events, how.exposure)
        rows = [row for row in found.rows if row[CAMPAIGN_ID]]
        if not rows:
            raise TooLittleData(self._say(basis, "none"))
        higher_first = (model.metrics[basis.metric].better != "down") == (direction == "best")
        ranking = rank(how, [_sums(row) for row in rows], days=basis.period.days, higher_first=higher_first)
        cards = [_card(one, rows[one.index], n) for n, one in enumerate(ranking.standings, start=1)]
        ranked = [card for card in cards if card.verdict == "ranked"]
        too_little = [card for card in cards if card.verdict == "too_little_data"]
        return CampaignRanking(
            **common(basis, found.currency),
            answer=self._sentence(basis, ranked, len(too_little), found.currency, direction),
            method=_METHODS[ranking.method][basis.language],
            direction=direction,
            evidence_label=self._evidence(basis, how),
            typical=ranking.typical if _has_typical(how, ranking) else None,
            campaigns=tuple(ranked[:limit]),
            too_little_data=tuple(too_little[:_LISTED]),
            campaigns_ranked=len(ranked),
            campaigns_with_too_little_data=len(too_little),
        )

    def _sentence(
        self,
        basis: Basis,
        ranked: Sequence[RankedCampaign],
        too_little: int,
        currency: str | None,
        direction: RankDirection,
    ) -> str:
        language, model = basis.language, basis.catalogue.model
        said: list[str] = []
        if ranked:
            first = ranked[0]
            plain = {
                "value": first.estimate,
                "shrunk": first.shrunk,
                "low": first.interval.low,
                "high": first.interval.high,
            }
            values = {name: figure(model, basis.metric, value, currency, language) for name, value in plain.items()}
            place = _TEXTS[direction][language]
            said.append(self._say(basis, "first", campaign=first.campaign, place=place, **values))
            near = [one.campaign for one in ranked[1:] if not one.apart_from_first]
            names = near[:3] + ([say(_TEXTS, "more", language, n=len(near) - 3)] if len(near) > 3 else [])
            if len(ranked) > 1:
                said.append(self._say(basis, "tied" if near else "apart", names=", ".join(names)))
        else:
            said.append(self._say(basis, "none_ranked"))
        if too_little and ranked:
            said.append(self._say(basis, "too_little_one" if too_little == 1 else "too_little", n=too_little))
        return " ".join(said)

    def _say(self, basis: Basis, name: str, **facts: object) -> str:
        label = metric_label(basis.catalogue.model, basis.metric, basis.language).lower()
        return say(_TEXTS, name, basis.language, metric=label, during=during(basis.period, basis.language), **facts)

    def _evidence(self, basis: Basis, how: Reading) -> str:
        counted: Linear = how.exposure if how.exposure and how.family != "cost" else how.events
        shown: list[MetricName] = [name for name in self._figures.measures(basis.metric) if counted.get(name)]
        return ", ".join(metric_label(basis.catalogue.model, name, basis.language) for name in shown)


def _sums(row: Row) -> Sums:
    return Sums(*(float(row[name]) for name in ("x", "y", "xx", "xy", "yy")), days=int(row["days"]))


def _card(one: Standing, row: Row, place: int) -> RankedCampaign:
    return RankedCampaign(
        rank=place if one.verdict == "ranked" else None,
        campaign=row["campaign"],
        campaign_id=row[CAMPAIGN_ID],
        estimate=_rounded(one.estimate),
        shrunk=round(one.shrunk, 6),
        interval=Interval(low=round(one.low, 6), high=round(one.high, 6)),
        evidence=round(one.evidence, 2),
        days=one.days,
        probability_first=round(one.probability_first, 4),
        apart_from_first=one.apart_from_first,
        verdict=one.verdict,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _has_typical(how: Reading, ranking: Ranking) -> bool:
    """Totals of campaigns of all sizes have no typical value worth naming."""
    return bool(how.exposure) and bool(ranking.standings)
