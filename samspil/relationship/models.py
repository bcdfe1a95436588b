"""Bonds of handles, what they add up to for a consumer, and each change of stage with its day and its reason."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from samspil.base.ids import new_id
from samspil.identity.models import Consumer
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague


class Setting(models.Model):
    """How fast is forgotten, and what the counters are relative to. One row; none means the defaults. ``built_at``: when all was counted."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    half_life = models.FloatField()
    landmark = models.DateTimeField()
    built_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "relationship_setting"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="relationship_setting_one"),
            models.CheckConstraint(condition=models.Q(half_life__gt=0), name="relationship_half_life"),
        ]


class Bond(models.Model):
    """What is between a handle and us (``colleague`` None), or one of us: decayed counts relative to the landmark.

    ``short``, ``medium``, ``long``: messages of theirs, by depth; of a colleague those that this one answered. ``…2`` are the sums of the
    squared weights. ``pulse`` is the sum of how it felt, from -1 to 1. A unit's bond is that of its colleagues.
    """

    id = models.BigAutoField(primary_key=True)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+", db_index=False)
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    short = models.FloatField(default=0)
    medium = models.FloatField(default=0)
    long = models.FloatField(default=0)
    ours = models.FloatField(default=0)
    acts = models.FloatField(default=0)
    purchases = models.FloatField(default=0)
    pulse = models.FloatField(default=0)
    short2 = models.FloatField(default=0)
    medium2 = models.FloatField(default=0)
    long2 = models.FloatField(default=0)
    ours2 = models.FloatField(default=0)
    acts2 = models.FloatField(default=0)
    purchases2 = models.FloatField(default=0)

    class Meta:
        db_table = "relationship_bond"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handle", "colleague"], nulls_distinct=False, name="relationship_bond_once"),
        ]


class Relationship(models.Model):
    """Where a consumer stands: the stage, since when and why, and what a walk on from ``walked_at`` needs (sums as of then).

    ``force`` is the mass relative to the landmark: of two consumers the one with more is the stronger at any time. ``due_at`` is when the
    stage falls by silence alone. ``stale``: something happened since; ``whole``: before what was walked, so that it is walked anew.
    """

    # No constraint in the database: a row may be marked while its person is forgotten, and goes at the next walk.
    consumer = models.OneToOneField(
        Consumer, primary_key=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    stage = models.CharField(max_length=10, default="stranger")
    since = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, blank=True, default="")
    force = models.FloatField(default=0)
    walked_at = models.DateTimeField(null=True)
    weighed = models.FloatField(default=0)
    theirs = models.FloatField(default=0)
    ours = models.FloatField(default=0)
    networks = ArrayField(models.CharField(max_length=40), default=list)
    due_at = models.DateTimeField(null=True)
    stale = models.BooleanField(default=True)
    whole = models.BooleanField(default=False)

    class Meta:
        db_table = "relationship"
        indexes: ClassVar = [
            models.Index(fields=["consumer"], condition=models.Q(stale=True), name="relationship_stale"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="relationship_due"),
            models.Index(fields=["-force", "consumer"], name="relationship_force"),
            models.Index(fields=["stage", "-force", "consumer"], name="relationship_stage"),
        ]


class Change(models.Model):
    """From one stage to the next: when, and by what (a kind of what happened, or silence)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    consumer = models.ForeignKey(Consumer, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    before = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    at = models.DateTimeField()
    why = models.CharField(max_length=10)

    class Meta:
        db_table = "relationship_change"
        indexes: ClassVar = [models.Index(fields=["consumer", "-at", "-id"], name="relationship_change_of")]
