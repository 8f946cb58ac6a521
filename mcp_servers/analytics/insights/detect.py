"""Days of a metric that stand out, by series, with what drove them."""

import asyncio
from collections.abc import Sequence
from datetime import date
from math import log, sqrt

from mcp_servers.analytics.domain.anomalies import (
    LEAST_HISTORY,
    THRESHOLDS,
    Findings,
    Outlier,
    Sensitivity,
    Shift,
    enough_history,
    examine,
)
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter
from mcp_servers.analytics.domain.shapes import reading
from mcp_servers.analytics.errors import TooLittleData
from mcp_servers.analytics.insights.answers import Anomaly, AnomalyReport, Interval, LevelShift
from mcp_servers.analytics.insights.concluding import common, concluded
from mcp_servers.analytics.insights.daily import DailySeries, of_everything, of_groups
from mcp_servers.analytics.insights.drivers import drivers
from mcp_servers.analytics.insights.figures import Basis, Figures
from mcp_servers.analytics.insights.findings_wording import METHOD, TOO_SHORT, report_sentence
from mcp_servers.analytics.insights.wording import say, verdict

_BEFORE = 56
"""Days before the period that its rhythm is learned from too."""
_SERIES = 30
_LISTED = 50
_DRIVEN = 5
"""Anomalies, the highest scores first, whose drivers are looked up."""
_MISSING_LISTED = 31


class AnomalyDetector:
    """Looks a metric's days over."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def detect(
        self,
        tenant: str,
        metric: MetricName,
        period: Period,
        *,
        dimensions: Sequence[DimensionName] = (),
        filters: Sequence[Filter] = (),
        sensitivity: Sensitivity = "medium",
        language: Language = "en",
    ) -> AnomalyReport:
        """Anomalies and level shifts inside the period, judged against it and the eight weeks before."""

        async def conclude() -> AnomalyReport:
            basis = await self._figures.basis(
                tenant, metric, language, period=period, filters=filters, dimensions=dimensions
            )
            return await self._report(basis, sensitivity)

        catalogue = await self._figures.catalogue(tenant)
        return await concluded(AnomalyReport, metric, catalogue, language, conclude, sensitivity=sensitivity)

    async def _report(self, basis: Basis, sensitivity: Sensitivity) -> AnomalyReport:
        history = self._figures.history(basis, _BEFORE)
        series, currency = await self._series(history)
        judged = [one for one in series if enough_history(one.values)]
        if not judged:
            known = max((len(one.values) - len(one.missing) for one in series), default=0)
            raise TooLittleData(say(TOO_SHORT, "history", basis.language, needed=LEAST_HISTORY, known=known))
        threshold = sqrt(THRESHOLDS[sensitivity] ** 2 + 2 * log(len(judged)))
        findings = await asyncio.to_thread(lambda: [self._examined(basis, one, threshold) for one in judged])
        first = basis.period.start
        outliers = sorted(
            (
                (one, outlier)
                for one, found in zip(judged, findings, strict=True)
                for outlier in found.outliers
                if one.days[outlier.at] >= first
            ),
            key=lambda pair: -abs(pair[1].score),
        )
        anomalies = [
            await self._anomaly(history, one, outlier, driven=n < _DRIVEN)
            for n, (one, outlier) in enumerate(outliers[:_LISTED])
        ]
        shifts = [
            self._shift(basis, one, shift)
            for one, found in zip(judged, findings, strict=True)
            for shift in found.shifts
            if one.days[shift.at] >= first
        ]
        checked = [day for one in judged for day in one.days if day >= first]
        report = AnomalyReport(
            **common(basis, currency),
            method=say(METHOD, "method", basis.language, threshold=f"{threshold:.1f}", needed=LEAST_HISTORY),
            sensitivity=sensitivity,
            anomalies=tuple(anomalies),
            level_shifts=tuple(shifts[:_LISTED]),
            days_checked=len(set(checked)),
            series_checked=len(judged),
            series_with_too_little_history=len(series) - len(judged),
            history_from=history.period.start,
            missing_days=self._missing(series, first),
        )
        return report.model_copy(update={"answer": report_sentence(report, basis.catalogue.model, len(outliers))})

    async def _series(self, history: Basis) -> tuple[list[DailySeries], str | None]:
        if not history.query.dimensions:
            measures, currency = await self._figures.daily(history)
            return [of_everything(history, measures)], currency
        measured = self._figures.measures(history.metric)
        how = reading(self._figures.model.metrics[history.metric], self._figures.model)
        volume = next(iter(how.exposure or how.events))
        found = await self._figures.daily_by_group(history, volume, _SERIES)
        return of_groups(history, found.rows, measured, self._figures.model), found.currency

    def _examined(self, basis: Basis, one: DailySeries, threshold: float) -> Findings:
        metric = self._figures.model.metrics[basis.metric]
        return examine(
            one.values,
            [day.weekday() for day in one.days],
            counted=metric.unit in ("count", "people"),
            threshold=threshold,
            base=one.base,
            offset=float(reading(metric, self._figures.model).offset),
        )

    async def _anomaly(self, history: Basis, one: DailySeries, outlier: Outlier, *, driven: bool) -> Anomaly:
        day, rises = one.days[outlier.at], outlier.score > 0
        return Anomaly(
            day=day,
            group=_group(one),
            value=round(outlier.value, 6),
            expected=round(outlier.expected, 6),
            interval=Interval(low=round(outlier.low, 6), high=round(outlier.high, 6)),
            score=round(outlier.score, 2),
            direction="above" if rises else "below",
            verdict=verdict(self._figures.model.metrics[history.metric].better, rises=rises),
            drivers=await drivers(self._figures, history, one, day) if driven else (),
        )

    def _shift(self, basis: Basis, one: DailySeries, shift: Shift) -> LevelShift:
        rises = shift.score > 0
        return LevelShift(
            day=one.days[shift.at],
            group=_group(one),
            before=round(shift.before, 6),
            after=round(shift.after, 6),
            change_fraction=round((shift.after - shift.before) / abs(shift.before), 6) if shift.before else None,
            score=round(shift.score, 2),
            direction="up" if rises else "down",
            verdict=verdict(self._figures.model.metrics[basis.metric].better, rises=rises),
        )

    def _missing(self, series: Sequence[DailySeries], first: date) -> tuple[date, ...]:
        """Days of the period that no series has a value for."""
        seen = {day for one in series for day, value in zip(one.days, one.values, strict=True) if value is not None}
        days = {day for one in series for day in one.days if day >= first}
        return tuple(sorted(days - seen)[:_MISSING_LISTED])


def _group(one: DailySeries) -> dict[str, str | None]:
    return {dimension: value for dimension, value, _ in one.group}
