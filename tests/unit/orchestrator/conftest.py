from datetime import date

import pytest

from orchestrator.domain.catalogue import Catalogue, CatalogueClient
from orchestrator.domain.turn import Situation

TODAY = date(2026, 11, 22)


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        clients=(
            CatalogueClient(
                name="Café Volcán",
                products=("Cold Brew", "Café Tarrazú Premium", "Taza Térmica"),
                audiences=("young professionals", "families"),
                markets=("Costa Rica",),
            ),
            CatalogueClient(name="Verde Vida", products=("Eco Bottle", "Taza Térmica")),
        )
    )


@pytest.fixture
def situation(catalogue: Catalogue) -> Situation:
    return Situation(catalogue=catalogue)
