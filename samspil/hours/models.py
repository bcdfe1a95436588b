"""Weeks, closed days and absence. Rows are added and taken back, never overwritten; who did it with a colleague's is kept beside."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.organisation.models import Colleague, Unit


class Week(models.Model):
    """The hours of a unit or of a colleague, in a time zone. The newest that was not taken back holds.

    ``spans`` is a list of [weekday, start, end] as in rules.Span. ``country`` and ``subdivision`` (ISO 3166) say whose holidays hold.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.CASCADE, related_name="+")
    zone = models.CharField(max_length=60)
    spans = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True, default="")
    subdivision = models.CharField(max_length=12, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hours_week"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(unit=None, colleague__isnull=False) | models.Q(colleague=None, unit__isnull=False),
                name="hours_week_of_one",
            )
        ]


class Day(models.Model):
    """A day that is not as the week and the country say: ``closed``, or a holiday that is worked. ``unit`` None: for all."""

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    closed = models.BooleanField()
    name = models.CharField(max_length=80, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hours_day"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "day"], condition=models.Q(taken_back_at=None), name="hours_day_once", nulls_distinct=False
            )
        ]


class Absence(models.Model):
    """A colleague is not there from ``since`` until ``until``. ``stand_in`` is who takes over."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday"
        ILL = "ill"
        COURSE = "course"
        LEAVE = "leave"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OTHER)
    stand_in = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hours_absence"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="hours_absence_forward")
        ]
        indexes: ClassVar = [
            models.Index(fields=["colleague", "until"], condition=models.Q(taken_back_at=None), name="hours_absence_of")
        ]


class Change(models.Model):
    """What was done with a colleague's own hours, by whom: their history. ``seen_at`` is when the colleague saw what another did."""

    class What(models.TextChoices):
        WEEK_SET = "week_set"
        WEEK_BACK = "week_back"
        ABSENT = "absent"
        ABSENT_BACK = "absent_back"
        ABSENT_AGAIN = "absent_again"

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=12, choices=What.choices)
    week = models.ForeignKey(Week, null=True, on_delete=models.CASCADE, related_name="+")
    absence = models.ForeignKey(Absence, null=True, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hours_change"
        indexes: ClassVar = [
            models.Index(fields=["colleague", "-at"], name="hours_change_of"),
            models.Index(fields=["colleague"], condition=models.Q(seen_at=None), name="hours_change_unseen"),
        ]
