"""Who is asked how the relation feels, and what was said."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.reply.models import Reply


class Setting(models.Model):
    """What holds for a unit; the row without a unit for all that have none of their own.

    ``wait_minutes`` is how long after a conversation is done one asks, ``apart_days`` how long one person is left in peace.
    ``needs_yes``: only who has said yes to being asked («research») is; otherwise all who have not said no.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.OneToOneField(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    active = models.BooleanField(default=False)
    wait_minutes = models.PositiveIntegerField(default=30)
    apart_days = models.PositiveIntegerField(default=30)
    needs_yes = models.BooleanField(default=True)
    question = models.CharField(max_length=300, blank=True, default="")
    question_en = models.CharField(max_length=300, blank=True, default="")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "pulse_setting"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit"], name="pulse_setting_once", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(apart_days__gte=1), name="pulse_setting_days"),
        ]


class Asked(models.Model):
    """One question to one person, after one conversation, whose consumer it is.

    ``why_not`` says why it was not put: nobody is asked twice for that.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    reply = models.OneToOneField(Reply, null=True, on_delete=models.SET_NULL, related_name="+")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    competence = models.ForeignKey(Competence, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()
    open_until = models.DateTimeField()
    why_not = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        db_table = "pulse_asked"
        indexes: ClassVar = [
            models.Index(fields=["conversation", "-at"], name="pulse_asked_in"),
            models.Index(fields=["-at"], name="pulse_asked_at"),
        ]


class Said(models.Model):
    """One answer; of several to one question the newest holds. ``score`` None: the sign was taken back. Nothing is changed here."""

    id = models.UUIDField(primary_key=True, default=new_id)
    asked = models.ForeignKey(Asked, on_delete=models.CASCADE, related_name="answers")
    score = models.PositiveSmallIntegerField(null=True)
    words = models.CharField(max_length=2000, blank=True, default="")
    via = models.CharField(max_length=8)
    """words, sign or page."""
    at = models.DateTimeField()

    class Meta:
        db_table = "pulse_said"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(score=None) | models.Q(score__range=(1, 5)), name="pulse_score_1_to_5"),
        ]
