"""MCP prompts of analytics, in English and Spanish: what to call, in which order, and what to say of it."""

from collections.abc import Mapping

from kernel.mcp import ContextServer
from mcp_servers.analytics.domain.model import Language

_HONEST: Mapping[Language, str] = {
    "en": "Give each figure with its metric, unit and period. Where an answer is unsupported or needs clarification,"
    " say so and ask me; do not fill it in. Write in English.",
    "es": "Da cada cifra con su métrica, unidad y período. Donde una respuesta sea unsupported o needs_clarification,"
    " dilo y pregúntame; no la completes. Escribe en español.",
}
_WEEKLY: Mapping[Language, str] = {
    "en": """Write the weekly report of {whom} for the week that ends on {week_ending}.
1. Call data_freshness and say how old the figures are.
2. query_metrics: spend, impressions, clicks, leads, sales, revenue, cpl and roas of the week, compare_to
   previous_period{filtered}.
3. detect_anomalies for spend, leads and revenue over the week: name the days, what would have been usual and the
   drivers; say which are good and which bad.
4. For the metric that changed most, explain_metric with compare_to previous_period and dimension campaign: name the
   largest contributions.
5. rank_campaigns by roas over the last four weeks; say when the first is not apart from the next.
6. forecast_metric of leads and spend for 7 days, with the 80 % interval and its back-test.
7. End with three lines: what went well, what went badly, what to decide this week.
{honest}""",
    "es": """Escribe el informe semanal de {whom} de la semana que termina el {week_ending}.
1. Llama a data_freshness y di de cuándo son las cifras.
2. query_metrics: spend, impressions, clicks, leads, sales, revenue, cpl y roas de la semana, con compare_to
   previous_period{filtered}.
3. detect_anomalies de spend, leads y revenue en la semana: nombra los días, lo que habría sido habitual y qué los
   causó; di cuáles son buenos y cuáles malos.
4. De la métrica que más cambió, explain_metric con compare_to previous_period y dimension campaign: nombra las
   contribuciones mayores.
5. rank_campaigns por roas en las últimas cuatro semanas; di si la primera no se distingue de la siguiente.
6. forecast_metric de leads y de spend a 7 días, con el intervalo del 80 % y su prueba con el pasado.
7. Termina con tres líneas: qué fue bien, qué fue mal, qué hay que decidir esta semana.
{honest}""",
}
_POST_MORTEM: Mapping[Language, str] = {
    "en": """Write the post-mortem of the campaign {campaign}.
1. Find its id with list_dimensions and read analytics://campaigns/<id>: when it ran, where, and its figures.
2. query_metrics: spend, clicks, leads, sales, revenue, ctr, cpl, cac and roas of its life, filtered by the campaign;
   then by platform, by country and by audience.
3. rank_campaigns by cpl and by roas over the same period, filtered by its client: where it stands, and whether the
   data tells it apart from the first.
4. detect_anomalies for spend and leads over its life, filtered by the campaign: what happened on those days.
5. explain_metric of cpl for its second half with compare_to its first half and dimension platform: what made it
   better or worse.
6. Conclude: what to repeat, what to stop, what is not known.
{honest}""",
    "es": """Escribe el post mortem de la campaña {campaign}.
1. Busca su id con list_dimensions y lee analytics://campaigns/<id>: cuándo corrió, dónde, y sus cifras.
2. query_metrics: spend, clicks, leads, sales, revenue, ctr, cpl, cac y roas de toda su vida, filtrado por la campaña;
   luego por platform, por country y por audience.
3. rank_campaigns por cpl y por roas en el mismo período, filtrado por su cliente: en qué lugar queda y si los datos
   la distinguen de la primera.
4. detect_anomalies de spend y leads en toda su vida, filtrado por la campaña: qué pasó esos días.
5. explain_metric de cpl en su segunda mitad con compare_to su primera mitad y dimension platform: qué la mejoró o
   empeoró.
6. Concluye: qué repetir, qué dejar de hacer, qué no se sabe.
{honest}""",
}
_REALLOCATION: Mapping[Language, str] = {
    "en": """Propose how to move the budget of {client} between campaigns, judged by {metric} in {period}.
1. Call data_freshness and say how old the figures are.
2. rank_campaigns by {metric} for the period, filtered by the client, direction best and then worst. Only campaigns
   that the data tells apart are a reason to move money; those with too little data keep theirs.
3. query_metrics: spend, leads, sales, revenue and {metric} by campaign, filtered by the client.
4. explain_metric of {metric} with compare_to previous_period and dimension campaign: is the difference lasting or new?
5. forecast_metric of spend and of {metric} for 28 days as things are, with intervals.
6. Propose amounts that add up to what is spent now, at most a fifth of it moved, each with the figure and the interval
   it rests on. Nothing is changed here: the ads server proposes budgets, and a reviewer approves them.
{honest}""",
    "es": """Propón cómo mover el presupuesto de {client} entre campañas, juzgando por {metric} en {period}.
1. Llama a data_freshness y di de cuándo son las cifras.
2. rank_campaigns por {metric} en el período, filtrado por el cliente, con direction best y luego worst. Solo las
   campañas que los datos distinguen son razón para mover dinero; las que tienen muy pocos datos conservan el suyo.
3. query_metrics: spend, leads, sales, revenue y {metric} por campaña, filtrado por el cliente.
4. explain_metric de {metric} con compare_to previous_period y dimension campaign: ¿la diferencia es duradera o nueva?
5. forecast_metric de spend y de {metric} a 28 días si nada cambia, con intervalos.
6. Propón importes que sumen lo que se gasta hoy, moviendo a lo sumo la quinta parte, cada uno con la cifra y el
   intervalo en que se apoya. Aquí no se cambia nada: el servidor ads propone presupuestos y un revisor los aprueba.
{honest}""",
}


def register_prompts(server: ContextServer) -> None:
    """Reviews and reports a person can start by name."""
    _register_review(server)

    @server.prompt(title="Weekly report", description="A week's results, what stood out, and what to decide.")
    def weekly_report(week_ending: str, client: str = "", language: str = "en") -> str:
        spoken = _spoken(language)
        everything = "all clients" if spoken == "en" else "todos los clientes"
        filtered = {"en": f", filtered by the client {client}", "es": f", filtrado por el cliente {client}"}[spoken]
        return _WEEKLY[spoken].format(
            whom=client or everything,
            week_ending=week_ending,
            filtered=filtered if client else "",
            honest=_HONEST[spoken],
        )

    @server.prompt(title="Campaign post-mortem", description="What a campaign brought, where, why, and what to learn.")
    def campaign_post_mortem(campaign: str, language: str = "en") -> str:
        spoken = _spoken(language)
        return _POST_MORTEM[spoken].format(campaign=campaign, honest=_HONEST[spoken])

    @server.prompt(
        title="Budget reallocation",
        description="Where money works better than the data can put down to chance, and what to move.",
    )
    def budget_reallocation(client: str, period: str, metric: str = "cac", language: str = "en") -> str:
        spoken = _spoken(language)
        return _REALLOCATION[spoken].format(client=client, period=period, metric=metric, honest=_HONEST[spoken])


def _register_review(server: ContextServer) -> None:
    @server.prompt(
        title="Review a campaign",
        description="What a campaign brought in a period against the one before, and what to look at next.",
    )
    def review_campaign(campaign: str, period: str) -> str:
        return (
            f"Review the campaign {campaign} in {period}.\n"
            "1. Call data_freshness and say how old the figures are.\n"
            f"2. ask how campaign {campaign} performed in {period}, then its spend, leads and revenue compared with the"
            " period before.\n"
            "3. ask the same by platform and by country.\n"
            "4. Say what changed, each figure with its metric, unit and period. Where an answer is unsupported or needs"
            " clarification, say so and ask me; do not fill it in."
        )


def _spoken(language: str) -> Language:
    """Spanish for whoever says so in any way (es, es-CR, español); else English."""
    return "es" if language.strip().lower().startswith(("es", "spanish")) else "en"
