"""Who has a conversation since when, and what who takes it over should know until it is read."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague


class Holding(models.Model):
    """Who has a conversation now, and since when. The conversation itself says who; this says how long."""

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="+")
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        db_table = "handover_holding"


class HandOver(models.Model):
    """A conversation goes from ``had`` to ``to``; None until somebody has it. ``by`` gave it, None: Samspil did.

    ``word`` is what was said along with it. ``read_at``: ``to`` has read what they should know, and it is folded away.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    had = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    had_since = models.DateTimeField()
    to = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    word = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "handover"
        indexes: ClassVar = [models.Index(fields=["to", "-at"], condition=models.Q(read_at=None), name="handover_unread")]
