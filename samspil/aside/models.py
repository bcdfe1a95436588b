"""A question to colleagues beside a conversation: who was asked and why, what they said, what of the conversation they may read."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague, Competence


class Manner(models.Model):
    """How the organisation asks by competence: so many at once, and the next ones when nobody has answered in time. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at_once = models.PositiveSmallIntegerField(default=2)
    minutes = models.PositiveSmallIntegerField(default=20)

    class Meta:
        db_table = "aside_manner"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="aside_manner_is_one"),
            models.CheckConstraint(condition=models.Q(at_once__gte=1, minutes__gte=1), name="aside_manner_is_some"),
        ]


class Aside(models.Model):
    """One question about a conversation. ``with_name``: who may not see the conversation reads the consumer's name in the excerpt."""

    class Outcome(models.TextChoices):
        HELPED = "helped"
        NOT_HELPED = "not_helped"
        TAKEN = "taken"

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="asides")
    asked_by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    question = models.TextField()
    at = models.DateTimeField()
    with_name = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")

    class Meta:
        db_table = "aside"


class Sought(models.Model):
    """A competence that an aside asks for. ``next_at``: when the next ones are asked; None when somebody has answered, or none is left."""

    id = models.UUIDField(primary_key=True, default=new_id)
    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="sought")
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    next_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "aside_sought"
        constraints: ClassVar = [models.UniqueConstraint(fields=["aside", "competence"], name="aside_sought_once")]
        indexes: ClassVar = [models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="aside_sought_due")]


class Member(models.Model):
    """A colleague who was asked. ``reasons`` are those of routing, as it keeps them; ``invited_by`` None is the clock."""

    class Why(models.TextChoices):
        NAME = "name"
        COMPETENCE = "competence"
        PASSED_ON = "passed_on"
        OWN_WILL = "own_will"

    class State(models.TextChoices):
        ASKED = "asked"
        SEEN = "seen"
        ANSWERED = "answered"
        DECLINED = "declined"
        PASSED_ON = "passed_on"

    class Reason(models.TextChoices):
        UNKNOWN = "unknown"
        NOT_NOW = "not_now"

    id = models.UUIDField(primary_key=True, default=new_id)
    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="members")
    colleague = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=12, choices=Why.choices)
    competence = models.ForeignKey(Competence, null=True, on_delete=models.SET_NULL, related_name="+")
    reasons = models.JSONField(default=list)
    invited_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, default="")
    passed_to = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "aside_member"
        constraints: ClassVar = [models.UniqueConstraint(fields=["aside", "colleague"], name="aside_member_once")]
        indexes: ClassVar = [models.Index(fields=["colleague", "-asked_at"], name="aside_member_of")]


class AsideMessage(models.Model):
    """What a colleague said in an aside. ``via`` desk or a channel; ``external`` the sender's own id, so that twice is once."""

    id = models.UUIDField(primary_key=True, default=new_id)
    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="messages")
    colleague = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    via = models.CharField(max_length=20, default="desk")
    external = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        db_table = "aside_message"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["aside", "colleague", "external"], condition=~models.Q(external=""), name="aside_message_once"
            )
        ]


class Shared(models.Model):
    """A message of the conversation that the asker lets everybody who is asked read, also who may not see the conversation."""

    id = models.UUIDField(primary_key=True, default=new_id)
    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="shared")
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "aside_shared"
        constraints: ClassVar = [models.UniqueConstraint(fields=["aside", "interaction"], name="aside_shared_once")]
