"""The four specialists, and their reports read back from JSON."""

from typing import Any

from agents.ads.agent import ADS
from agents.analytics.agent import ANALYTICS
from agents.assignment import SpecialistName
from agents.content.agent import CONTENT
from agents.crm.agent import CRM
from agents.specialist import Specialist

ROSTER: dict[SpecialistName, Specialist[Any, Any]] = {
    "analytics": ANALYTICS,
    "ads": ADS,
    "content": CONTENT,
    "crm": CRM,
}
