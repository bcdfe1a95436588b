"""The journal's line of a conversation that waits for whom its consumer knows."""

from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.organisation.models import Unit
from samspil.routing.queries import Explained, Why
from samspil.screens.desk.views.entries import _decision


def decided(*reasons):
    unit = Unit(name="Service")
    return Explained(id=new_id(), at=now(), competence=None, confidence=None, unit=unit, colleague=None, by=None, reasons=reasons)


def test_why_it_waits_is_the_line_itself():
    waits = Why(kind="waits", text="Waits for Bo", words=(), weight=0.0)
    assert _decision(decided(waits)).values["words"] == "Waits for Bo"
    assert "Service" in _decision(decided()).values["words"]
