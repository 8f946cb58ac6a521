"""Every word of a notice, in English and Spanish."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from approvals.notices.notice import Event, Language, Notice, Reader

_LONGEST_SUMMARY = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Said(NamedTuple):
    """The same in each language."""

    en: str
    es: str

    def in_(self, language: Language) -> str:
        return self.es if language == "es" else self.en


_HAPPENED: Mapping[Event, Said] = {
    "proposed": Said("Waits for approval", "Espera aprobación"),
    "edited": Said("Edited, waits for approval anew", "Editada, espera aprobación de nuevo"),
    "drifted": Said("Its target changed, waits for approval anew", "Su destino cambió, espera aprobación de nuevo"),
    "reminded": Said("Still waits for approval", "Sigue esperando aprobación"),
    "escalated": Said("Has waited too long for approval", "Lleva demasiado tiempo esperando aprobación"),
    "approved": Said("Approved", "Aprobada"),
    "rejected": Said("Rejected", "Rechazada"),
    "succeeded": Said("Carried out", "Ejecutada"),
    "failed": Said("Failed", "Falló"),
    "failed_partial": Said("Applied otherwise than approved", "Aplicada de forma distinta a la aprobada"),
    "unknown": Said("Outcome unknown, a person has to look", "Resultado desconocido, alguien debe revisarla"),
    "expired": Said("Expired without a decision", "Venció sin decisión"),
    "cancelled": Said("Withdrawn", "Retirada"),
    "broke_glass": Said(
        "Released in an emergency without the usual approvals", "Liberada de emergencia sin aprobación"
    ),
    "review_due": Said("An emergency release has to be reviewed", "Una liberación de emergencia espera revisión"),
}
_READERS: Mapping[Reader, Said] = {
    "reviewer": Said("reviewers", "quienes revisan"),
    "admin": Said("administrators", "administración"),
    "proposer": Said("who proposed it", "quien la propuso"),
}
_FOR = Said("For", "Para")
_ACTION = Said("Action", "Acción")
_ORGANISATION = Said("Organisation", "Organización")
_LOOK = Said("Look at it", "Véala")


def title(notice: Notice, language: Language) -> str:
    """One line: what happened to what. No control or direction characters, whatever the summary has."""
    summary = _CONTROL.sub(" ", notice.summary).strip()
    if len(summary) > _LONGEST_SUMMARY:
        summary = summary[: _LONGEST_SUMMARY - 1] + "…"
    happened = _HAPPENED[notice.event].in_(language)
    return f"{happened}: {summary or notice.action_id}"


def text(notice: Notice, url: str, language: Language) -> str:
    """A few lines: the title, for whom, which action, where to look."""
    readers = ", ".join(_READERS[reader].in_(language) for reader in notice.readers)
    return "\n".join(
        (
            title(notice, language),
            "",
            f"{_FOR.in_(language)}: {readers}",
            f"{_ORGANISATION.in_(language)}: {notice.tenant}",
            f"{_ACTION.in_(language)}: {notice.action_id} ({notice.revision})",
            f"{_LOOK.in_(language)}: {url}",
            "",
        )
    )
