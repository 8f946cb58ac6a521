"""Columns of a statement that no answer shows: what is needed to judge and name the others."""

FACT_ROWS = "_fact_rows"
"""How many facts a total is made of."""
CURRENCY_LOW, CURRENCY_HIGH = "_currency_low", "_currency_high"
"""The first and last currency of any amount that is added up."""
UNRATED = "_unrated"
"""How many facts have an amount without a rate to the reporting currency."""
OVERLAPPING = "_overlapping"
"""The most facts that one figure adds up of a metric that counts people more than once."""
CAMPAIGN_ID = "_campaign_id"


def apart_column(dimension: str) -> str:
    """The column that tells values of one name of a dimension apart: a campaign's id, a region's country."""
    return CAMPAIGN_ID if dimension == "campaign" else f"_{dimension}_within"


def several_column(dimension: str) -> str:
    """The column that says whether the result has more than one thing of a row's name."""
    return f"_{dimension}_several"
