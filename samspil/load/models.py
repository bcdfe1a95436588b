"""What came in each hour and how long it waited: kept as figures, with no word of who wrote."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from samspil.base.ids import new_id
from samspil.organisation.models import Competence, Unit


class Cell(models.Model):
    """One hour of one unit, competence and channel. Figures only: it names no conversation, and stays when a person is forgotten.

    ``arrived``: conversations that began. ``waits``: seconds of theirs until the first answer, by the clock, and ``open_waits`` in the
    unit's opening hours, in the same order; ``held``: seconds of opening hours that they held a colleague's place. ``answered``: first
    answers given in this hour, whenever the conversation began; ``hands``: colleagues who gave them, each hour of one counted once.
    ``brought``: came from elsewhere, and is never counted anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    hour = models.DateTimeField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    competence = models.ForeignKey(Competence, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=40, blank=True, default="")
    arrived = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    hands = models.FloatField(default=0.0)
    waits = ArrayField(models.IntegerField(), default=list)
    open_waits = ArrayField(models.IntegerField(), default=list)
    held = ArrayField(models.IntegerField(), default=list)
    brought = models.BooleanField(default=False)

    class Meta:
        db_table = "load_cell"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hour", "unit", "competence", "channel", "brought"], name="load_cell_once", nulls_distinct=False
            )
        ]
