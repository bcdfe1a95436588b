"""What a unit promises, and when each conversation is due by it."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague, Unit


class Priority(models.TextChoices):
    """How much a conversation presses."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


class Promise(models.Model):
    """Minutes of opening hours within which a unit answers and is done. The newest of a place that was not taken back holds.

    ``unit`` None, ``priority`` "" and ``channel`` "" stand for all. Rows are added and taken back, never overwritten.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    first_minutes = models.PositiveIntegerField(null=True)
    next_minutes = models.PositiveIntegerField(null=True)
    done_minutes = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "promise"


class Escalation(models.Model):
    """What follows in a unit, or in all (None), when a promise is near or not kept: as in rules.Course.

    The newest of a unit that was not taken back holds. Rows are added and taken back, never overwritten.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    soon_share = models.PositiveSmallIntegerField()
    late_share = models.PositiveSmallIntegerField()
    soon_to = models.CharField(max_length=8)
    due_to = models.CharField(max_length=8)
    late_to = models.CharField(max_length=8)
    urgent = models.BooleanField()
    freed = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "promise_escalation"


class Reckoning(models.Model):
    """All that is not done is reckoned anew, of one unit and those below it or of all (None): how far that is.

    ``after`` is the last conversation that was reckoned. One that another took the place of ends with ``done`` below ``total``.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promise_reckoning"
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=models.Q(finished_at=None), name="promise_reckoning_open"),
        ]


class Due(models.Model):
    """When one conversation is due. ``answer_due`` is None while nobody waits for us: then the clock stands still.

    ``since`` is the wait it was reckoned for; ``told`` how many steps of the escalation were taken in that wait, ``step_at`` when
    the next is. ``soon_at`` and ``late_at`` are when the shares of the promise are used up that the unit's escalation names.
    """

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="+")
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    since = models.DateTimeField(null=True)
    soon_at = models.DateTimeField(null=True)
    answer_due = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    done_due = models.DateTimeField(null=True)
    told = models.PositiveSmallIntegerField(default=0)
    step_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promise_due"
        indexes: ClassVar = [
            models.Index(fields=["step_at"], condition=models.Q(step_at__isnull=False), name="promise_due_step"),
            # The desk's list «due first», page by page.
            models.Index(
                fields=["answer_due", "conversation"], condition=models.Q(answer_due__isnull=False), name="promise_due_first"
            ),
            models.Index(
                fields=["priority", "conversation"], condition=~models.Q(priority="normal"), name="promise_due_pressing"
            ),
        ]
