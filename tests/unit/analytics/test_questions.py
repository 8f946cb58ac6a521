"""What questions in English and Spanish are read as."""

from typing import Any

import pytest

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon
from tests.unit.analytics.reading import read

TO_DATE = "..2026-11-22"


def told(query: MetricQuery) -> dict[str, Any]:
    """A query as the cases below write it; what is not said is left out."""
    filters = {("not " if f.op == "not_in" else "") + f.dimension: list(f.values) for f in query.filters}
    compared = query.compare_to
    whole: dict[str, Any] = {
        "metrics": " ".join(query.metrics),
        "by": " ".join([*query.dimensions, *([query.time.grain] if query.time.grain else [])]),
        "where": filters,
        "time": f"{query.time.start or ''}..{query.time.end or ''}",
        "vs": compared if compared is None or isinstance(compared, str) else f"{compared.start}..{compared.end}",
        "order": " ".join(f"{order.field} {order.direction}" for order in query.order_by),
        "limit": query.limit,
        "share": query.share_of_total,
    }
    return {key: value for key, value in whole.items() if value}


OCTOBER = "2026-10-01..2026-10-31"
READ: list[tuple[str, dict[str, Any]]] = [
    # metrics and their words
    ("What was the total spend?", {"metrics": "spend", "time": TO_DATE}),
    ("How much did we invest last month?", {"metrics": "spend", "time": OCTOBER}),
    ("¿Cuánto invertimos el mes pasado?", {"metrics": "spend", "time": OCTOBER}),
    ("How many people did we reach in October?", {"metrics": "reach", "time": OCTOBER}),
    ("¿A cuántas personas alcanzamos en octubre?", {"metrics": "reach", "time": OCTOBER}),
    ("How many sales did we close in October?", {"metrics": "sales", "time": OCTOBER}),
    ("¿Cuántas ventas cerramos en octubre?", {"metrics": "sales", "time": OCTOBER}),
    ("How much did we sell in October?", {"metrics": "revenue", "time": OCTOBER}),
    ("¿Cuánto vendimos en octubre?", {"metrics": "revenue", "time": OCTOBER}),
    ("Facturación de octubre de 2026", {"metrics": "revenue", "time": OCTOBER}),
    ("average CPC in October", {"metrics": "cpc", "time": OCTOBER}),
    ("ticket promedio en octubre", {"metrics": "average_order_value", "time": OCTOBER}),
    ("costo de adquisición de clientes en octubre", {"metrics": "cac", "time": OCTOBER}),
    ("tasa de conversión en octubre", {"metrics": "conversion_rate", "time": OCTOBER}),
    ("retorno de la inversión en octubre", {"metrics": "roi", "time": OCTOBER}),
    ("retorno de la inversión publicitaria en octubre", {"metrics": "roas", "time": OCTOBER}),
    ("impressions, clicks and ctr in October", {"metrics": "impressions clicks ctr", "time": OCTOBER}),
    ("impresiones, clics y ctr en octubre", {"metrics": "impressions clicks ctr", "time": OCTOBER}),
    (
        "How did campaign Spring Launch perform in October?",
        {
            "metrics": "spend impressions clicks conversions leads sales revenue roas",
            "where": {"campaign": ["C-002"]},
            "time": OCTOBER,
        },
    ),
    # values
    ("spend in Mexico last month", {"metrics": "spend", "where": {"country": ["Mexico"]}, "time": OCTOBER}),
    ("gasto en México el mes pasado", {"metrics": "spend", "where": {"country": ["Mexico"]}, "time": OCTOBER}),
    ("sales in the US", {"metrics": "sales", "where": {"country": ["United States"]}, "time": TO_DATE}),
    ("ventas en EE. UU.", {"metrics": "sales", "where": {"country": ["United States"]}, "time": TO_DATE}),
    ("ventas en Estados Unidos", {"metrics": "sales", "where": {"country": ["United States"]}, "time": TO_DATE}),
    ("AOV for MX", {"metrics": "average_order_value", "where": {"country": ["Mexico"]}, "time": TO_DATE}),
    ("SALES IN MX LAST MONTH", {"metrics": "sales", "where": {"country": ["Mexico"]}, "time": OCTOBER}),
    ("clicks in region Mexico", {"metrics": "clicks", "where": {"region": ["Mexico"]}, "time": TO_DATE}),
    ("revenue of cafe britt", {"metrics": "revenue", "where": {"client": ["Café Britt"]}, "time": TO_DATE}),
    (
        "revenue for Acme's Running Shoes in San Jose",
        {
            "metrics": "revenue",
            "where": {"client": ["Acme"], "product": ["Running Shoes"], "region": ["San José"]},
            "time": TO_DATE,
        },
    ),
    ("leads for women 25-34", {"metrics": "leads", "where": {"audience": ["Women 25-34"]}, "time": TO_DATE}),
    ("ventas por Google", {"metrics": "sales", "where": {"platform": ["Google Ads"]}, "time": TO_DATE}),
    ("gasto en Meta", {"metrics": "spend", "where": {"platform": ["Meta Ads"]}, "time": TO_DATE}),
    ("ventas por la campaña Spring Launch", {"metrics": "sales", "where": {"campaign": ["C-002"]}, "time": TO_DATE}),
    ("clics de redes sociales", {"metrics": "clicks", "where": {"channel": ["social"]}, "time": TO_DATE}),
    ("sales in Mexico and Spain", {"metrics": "sales", "where": {"country": ["Mexico", "Spain"]}, "time": TO_DATE}),
    ("How much has campaign C-002 spent?", {"metrics": "spend", "where": {"campaign": ["C-002"]}, "time": TO_DATE}),
    (
        "¿Cuánto ha gastado la campaña Black Friday 2026?",
        {"metrics": "spend", "where": {"campaign": ["cmp_1"]}, "time": TO_DATE},
    ),
    ("spend of ventas octubre", {"metrics": "spend", "where": {"campaign": ["cmp_4"]}, "time": TO_DATE}),
    (
        "spend for campaign May in May",
        {"metrics": "spend", "where": {"campaign": ["cmp_3"]}, "time": "2026-05-01..2026-05-31"},
    ),
    ("spend of “Spring Launch”", {"metrics": "spend", "where": {"campaign": ["C-002"]}, "time": TO_DATE}),
    ("revenue in dollars", {"metrics": "revenue", "where": {"currency": ["USD"]}, "time": TO_DATE}),
    # exclusions
    (
        "leads in October excluding Mexico and Colombia",
        {"metrics": "leads", "where": {"not country": ["Mexico", "Colombia"]}, "time": OCTOBER},
    ),
    (
        "leads en octubre sin contar México ni Colombia",
        {"metrics": "leads", "where": {"not country": ["Mexico", "Colombia"]}, "time": OCTOBER},
    ),
    (
        "ventas en todos los países menos México",
        {"metrics": "sales", "where": {"not country": ["Mexico"]}, "time": TO_DATE},
    ),
    ("sales not in Mexico", {"metrics": "sales", "where": {"not country": ["Mexico"]}, "time": TO_DATE}),
    ("ventas menos TikTok", {"metrics": "sales", "where": {"not platform": ["TikTok"]}, "time": TO_DATE}),
    (
        "clicks by channel except the TikTok platform",
        {"metrics": "clicks", "by": "channel", "where": {"not platform": ["TikTok"]}, "time": TO_DATE},
    ),
    ("Leaving aside Spain, sales", {"metrics": "sales", "where": {"not country": ["Spain"]}, "time": TO_DATE}),
    ("sales leaving Spain out", {"metrics": "sales", "where": {"not country": ["Spain"]}, "time": TO_DATE}),
    (
        "ventas por canal dejando a México y a España fuera",
        {"metrics": "sales", "by": "channel", "where": {"not country": ["Mexico", "Spain"]}, "time": TO_DATE},
    ),
    # shares
    *(
        (question, {"metrics": "spend", "by": "platform", "time": TO_DATE, "share": True})
        for question in (
            "% of spend on TikTok",
            "what share of spend was on TikTok",
            "TikTok's share of spend",
            "TikTok spend as a percentage of total spend",
            "share of spend by platform for TikTok",
            "what percentage of spend went to TikTok vs LinkedIn",
            "spend by platform, % of total",
            "spend share by platform",
            "gasto por plataforma en porcentaje",
            "¿cómo se divide el gasto entre las plataformas?",
            "distribución porcentual del gasto por plataforma",
            "¿Qué porcentaje se gastó en TikTok?",
            "participación de cada plataforma en el gasto",
        )
    ),
    (
        "what share of Acme's revenue came from Spain in October",
        {"metrics": "revenue", "by": "country", "where": {"client": ["Acme"]}, "time": OCTOBER, "share": True},
    ),
    (
        "In Mexico, what share of spend went to Google Ads?",
        {"metrics": "spend", "by": "platform", "where": {"country": ["Mexico"]}, "time": TO_DATE, "share": True},
    ),
    (
        "distribution of spend by country in Mexico",
        {"metrics": "spend", "by": "country", "where": {"country": ["Mexico"]}, "time": TO_DATE},
    ),
    ("distribution of CTR by channel", {"metrics": "ctr", "by": "channel", "time": TO_DATE}),
    ("CTR split by channel", {"metrics": "ctr", "by": "channel", "time": TO_DATE}),
    # cuts
    ("ROAS por país en octubre", {"metrics": "roas", "by": "country", "time": OCTOBER}),
    ("clicks by channel and country", {"metrics": "clicks", "by": "channel country", "time": TO_DATE}),
    ("leads from each platform", {"metrics": "leads", "by": "platform", "time": TO_DATE}),
    ("ventas de cada canal", {"metrics": "sales", "by": "channel", "time": TO_DATE}),
    ("¿Por qué canal llegaron leads?", {"metrics": "leads", "by": "channel", "time": TO_DATE}),
    ("What channels did we use last month?", {"metrics": "spend", "by": "channel", "time": OCTOBER}),
    ("¿Qué canales usamos el mes pasado?", {"metrics": "spend", "by": "channel", "time": OCTOBER}),
    ("show spend across all channels", {"metrics": "spend", "time": TO_DATE}),
    ("How much did our campaigns spend in October?", {"metrics": "spend", "time": OCTOBER}),
    ("list all campaigns with their revenue", {"metrics": "revenue", "by": "campaign", "time": TO_DATE}),
    ("ventas por mes en 2026", {"metrics": "sales", "by": "month", "time": "2026-01-01..2026-12-31"}),
    ("weekly conversions in October", {"metrics": "conversions", "by": "week", "time": OCTOBER}),
    ("gasto diario en octubre", {"metrics": "spend", "by": "date", "time": OCTOBER}),
    ("evolución de los leads este año", {"metrics": "leads", "by": "month", "time": "2026-01-01..2026-11-22"}),
    # rankings
    (
        "Top 5 campaigns by revenue in October",
        {"metrics": "revenue", "by": "campaign", "order": "revenue desc", "limit": 5, "time": OCTOBER},
    ),
    (
        "¿Cuáles fueron las 3 mejores campañas por ingresos en octubre?",
        {"metrics": "revenue", "by": "campaign", "order": "revenue desc", "limit": 3, "time": OCTOBER},
    ),
    (
        "Which country had the most sales in October?",
        {"metrics": "sales", "by": "country", "order": "sales desc", "limit": 1, "time": OCTOBER},
    ),
    (
        "¿Qué país tuvo más ventas en octubre?",
        {"metrics": "sales", "by": "country", "order": "sales desc", "limit": 1, "time": OCTOBER},
    ),
    (
        "Which campaign has the best CPL?",
        {"metrics": "cpl", "by": "campaign", "order": "cpl asc", "limit": 1, "time": TO_DATE},
    ),
    (
        "la peor plataforma por ROAS",
        {"metrics": "roas", "by": "platform", "order": "roas asc", "limit": 1, "time": TO_DATE},
    ),
    (
        "What was our best month for sales?",
        {"metrics": "sales", "by": "month", "order": "sales desc", "limit": 1, "time": TO_DATE},
    ),
    (
        "Which had more sales, Mexico or Colombia?",
        {
            "metrics": "sales",
            "by": "country",
            "where": {"country": ["Mexico", "Colombia"]},
            "order": "sales desc",
            "time": TO_DATE,
        },
    ),
    (
        "leads by country, top 3, last month",
        {"metrics": "leads", "by": "country", "order": "leads desc", "limit": 3, "time": OCTOBER},
    ),
    (
        "campaigns top 5 in October by revenue",
        {"metrics": "revenue", "by": "campaign", "order": "revenue desc", "limit": 5, "time": OCTOBER},
    ),
    (
        "Which platform performed better in October, Google Ads or Meta Ads, by ROAS?",
        {
            "metrics": "roas",
            "by": "platform",
            "where": {"platform": ["Google Ads", "Meta Ads"]},
            "order": "roas desc",
            "limit": 1,
            "time": OCTOBER,
        },
    ),
    ("campaigns by spend", {"metrics": "spend", "by": "campaign", "order": "spend desc", "time": TO_DATE}),
    # comparisons
    (
        "Revenue in October vs September",
        {"metrics": "revenue", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    (
        "Ingresos de octubre comparados con septiembre",
        {"metrics": "revenue", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    ("How did revenue change last month?", {"metrics": "revenue", "time": OCTOBER, "vs": "previous_period"}),
    (
        "¿Cuánto crecieron los ingresos de septiembre a octubre?",
        {"metrics": "revenue", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    (
        "sales last month compared with the same month last year",
        {"metrics": "sales", "time": OCTOBER, "vs": "previous_year"},
    ),
    (
        "revenue compared with last month",
        {"metrics": "revenue", "time": "2026-11-01..2026-11-22", "vs": OCTOBER},
    ),
    (
        "October revenue compared to the previous month",
        {"metrics": "revenue", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    (
        "Did we get more sales than last month?",
        {"metrics": "sales", "time": "2026-11-01..2026-11-22", "vs": OCTOBER},
    ),
    (
        "compare this month to last month by platform: spend",
        {"metrics": "spend", "by": "platform", "time": "2026-11-01..2026-11-22", "vs": OCTOBER},
    ),
    *(
        (
            question,
            {"metrics": "ctr", "by": "platform", "where": {"platform": ["Google Ads", "Meta Ads"]}, "time": OCTOBER},
        )
        for question in ("Compare Google Ads and Meta Ads by CTR in October", "Google Ads vs Meta por CTR en octubre")
    ),
    ("How is spend performing in October?", {"metrics": "spend", "time": OCTOBER}),
    (
        "clicks, performance in October",
        {"metrics": "clicks spend impressions conversions leads sales revenue roas", "time": OCTOBER},
    ),
    ("How may leads did we get in October?", {"metrics": "leads", "time": OCTOBER}),
    (
        "How was spend slpit by platform in October?",
        {"metrics": "spend", "by": "platform", "share": True, "time": OCTOBER},
    ),
    (
        "top 5000 campaigns by revenue in October",
        {"metrics": "revenue", "by": "campaign", "order": "revenue desc", "time": OCTOBER},
    ),
    (
        "Compare revenue from September to October",
        {"metrics": "revenue", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    (
        "CPL per platform last week vs the week before",
        {"metrics": "cpl", "by": "platform", "time": "2026-11-09..2026-11-15", "vs": "2026-11-02..2026-11-08"},
    ),
    (
        "How much did revenue grow this quarter?",
        {"metrics": "revenue", "time": "2026-10-01..2026-11-22", "vs": "2026-07-01..2026-08-22"},
    ),
    (
        "Compare Google Ads and Meta Ads spend in October",
        {"metrics": "spend", "by": "platform", "where": {"platform": ["Google Ads", "Meta Ads"]}, "time": OCTOBER},
    ),
    (
        "México contra Colombia: ingresos de octubre",
        {"metrics": "revenue", "by": "country", "where": {"country": ["Mexico", "Colombia"]}, "time": OCTOBER},
    ),
    # slips, and names written another way
    ("revenue in Mexco", {"metrics": "revenue", "where": {"country": ["Mexico"]}, "time": TO_DATE}),
    ("revnue last month", {"metrics": "revenue", "time": OCTOBER}),
    (
        "impresions of Cafe Brit in Ocotber",
        {"metrics": "impressions", "where": {"client": ["Café Britt"]}, "time": OCTOBER},
    ),
    ("googleads spend", {"metrics": "spend", "where": {"platform": ["Google Ads"]}, "time": TO_DATE}),
    ("sales of Cold Brews", {"metrics": "sales", "where": {"product": ["Cold Brew"]}, "time": TO_DATE}),
    # ratios in pieces
    ("How much does a lead cost us?", {"metrics": "cpl", "time": TO_DATE}),
    ("¿Cuánto pagamos por clic en octubre?", {"metrics": "cpc", "time": OCTOBER}),
    ("costo promedio por clic en octubre", {"metrics": "cpc", "time": OCTOBER}),
    (
        "Which platform brings the cheapest leads?",
        {"metrics": "cpl", "by": "platform", "order": "cpl asc", "limit": 1, "time": TO_DATE},
    ),
    (
        "el canal más caro por clic",
        {"metrics": "cpc", "by": "channel", "order": "cpc desc", "limit": 1, "time": TO_DATE},
    ),
    # periods
    ("spend over the last 30 days", {"metrics": "spend", "time": "2026-10-24..2026-11-22"}),
    ("gasto de los últimos treinta días", {"metrics": "spend", "time": "2026-10-24..2026-11-22"}),
    ("spend from January to date", {"metrics": "spend", "time": "2026-01-01..2026-11-22"}),
    ("gasto de la segunda quincena de mayo", {"metrics": "spend", "time": "2026-05-16..2026-05-31"}),
    ("clicks in the last three months of 2025", {"metrics": "clicks", "time": "2025-10-01..2025-12-31"}),
    ("leads two months ago", {"metrics": "leads", "time": "2026-09-01..2026-09-30"}),
    ("spend Oct'26", {"metrics": "spend", "time": OCTOBER}),
    ("spend since the beginning of October", {"metrics": "spend", "time": "2026-10-01..2026-11-22"}),
    # comparisons
    (
        "Was CPC higher in October than in September?",
        {"metrics": "cpc", "time": OCTOBER, "vs": "2026-09-01..2026-09-30"},
    ),
    ("variación mensual de leads en octubre", {"metrics": "leads", "time": OCTOBER, "vs": "previous_period"}),
    (
        "difference between Mexico and Spain in leads",
        {"metrics": "leads", "by": "country", "where": {"country": ["Mexico", "Spain"]}, "time": TO_DATE},
    ),
    # orders
    (
        "ordena las campañas por gasto de menor a mayor",
        {"metrics": "spend", "by": "campaign", "order": "spend asc", "time": TO_DATE},
    ),
]


@pytest.mark.parametrize(("question", "expected"), READ, ids=[question for question, _ in READ])
def test_a_question_is_read_as_the_query_it_asks_for(
    question: str, expected: dict[str, Any], lexicon: Lexicon, catalogue: Catalogue
) -> None:
    assert told(read(question, lexicon, catalogue)) == expected


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How much did we spend?", "en"),
        ("¿Cuánto gastamos?", "es"),
        ("Ingresos de octubre", "es"),
        ("ROAS", None),
    ],
)
def test_the_language_of_a_question_is_told_from_its_words(
    question: str, language: str | None, lexicon: Lexicon
) -> None:
    assert lexicon.language(question) == language
