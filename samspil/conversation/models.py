"""Conversations, which interactions lie in them, and what colleagues do around them."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.identity.models import Consumer
from samspil.intake.models import Account, Handle, Interaction
from samspil.organisation.models import Colleague, Competence, Unit


class Conversation(models.Model):
    """What one consumer and we speak of, over any number of channels.

    ``waiting_since`` is when the consumer wrote what nobody has answered yet. ``account`` is where the consumer last wrote.
    ``opener`` is the handle whose message is its earliest: the conversation goes with that handle when handles move.
    ``unit``, ``competence`` and ``assignee`` are set through ``actions.assign``. ``merged_into`` points to the one that took it in.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        SNOOZED = "snoozed"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id)
    consumer = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="conversations", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    # No constraint in the database: it would look through every conversation for each handle that is deleted.
    opener = models.ForeignKey(
        Handle, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    subject = models.CharField(max_length=1000, blank=True, default="")
    snippet = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    snoozed_until = models.DateTimeField(null=True)
    snoozed_for = models.CharField(max_length=60, blank=True, default="")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    competence = models.ForeignKey(Competence, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    assignee = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    messages = models.IntegerField(default=0)
    apart = models.BooleanField(default=False)
    """Somebody has split it: references that bridge it to another no longer merge the two."""
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)

    class Meta:
        db_table = "conversation"
        indexes: ClassVar = [
            models.Index(fields=["consumer", "-last_at"], name="conversation_of_consumer"),
            models.Index(fields=["assignee", "-last_at", "-id"], condition=models.Q(status="open"), name="conversation_mine"),
            models.Index(fields=["unit", "-last_at", "-id"], condition=models.Q(status="open"), name="conversation_unit"),
            models.Index(
                fields=["competence", "-last_at", "-id"],
                condition=models.Q(status="open", assignee__isnull=True),
                name="conversation_help",
            ),
            models.Index(fields=["-last_at", "-id"], condition=models.Q(status="open"), name="conversation_open"),
            models.Index(
                fields=["status", "-last_at", "-id"], condition=models.Q(merged_into__isnull=True), name="conversation_status"
            ),
            models.Index(fields=["snoozed_until"], condition=models.Q(status="snoozed"), name="conversation_snoozed"),
            models.Index(fields=["done_at"], condition=models.Q(done_at__isnull=False), name="conversation_done"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="conversation_merged"),
            models.Index(fields=["assignee"], name="conversation_assignee"),
        ]


class Placement(models.Model):
    """This interaction lies in this conversation. Merge and split move placements, never interactions."""

    interaction = models.OneToOneField(Interaction, on_delete=models.PROTECT, primary_key=True, related_name="placement")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="placements", db_index=False)
    at = models.DateTimeField()
    why = models.CharField(max_length=20)
    """thread, token, consumer, subject, new, split, merge."""

    class Meta:
        db_table = "conversation_placement"
        indexes: ClassVar = [models.Index(fields=["conversation", "at", "interaction"], name="conversation_placement_order")]


class ThreadRef(models.Model):
    """A message id that belongs to a conversation, known or only referred to: so a reply read before its parent finds it."""

    ref = models.UUIDField(primary_key=True)
    """Digest of account and message id."""
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "conversation_thread_ref"


class Note(models.Model):
    """What colleagues say to each other within a conversation; never leaves the house."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="notes")
    colleague = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "conversation_note"


class Event(models.Model):
    """The conversation's own journal: opened, assigned, done, merged; with who and why. ``by`` None is Samspil itself."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    batch = models.UUIDField(null=True, db_index=True)
    """One deed on many conversations; what an undo takes back."""

    class Meta:
        db_table = "conversation_event"


class Label(models.Model):
    """A word that colleagues put on conversations."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=60, unique=True)
    colour = models.CharField(max_length=12, default="fjord")

    class Meta:
        db_table = "conversation_label"
        ordering: ClassVar = ["name"]


class Labelling(models.Model):
    """A label on a conversation."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="labellings")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="labellings")

    class Meta:
        db_table = "conversation_labelling"
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "label"], name="conversation_label_once")]


class ReadMark(models.Model):
    """How far one colleague has read."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="read_marks")
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "conversation_read_mark"
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "colleague"], name="conversation_read_once")]


class SavedFilter(models.Model):
    """A list that a colleague wants again; ``query`` is what stood in the search field."""

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    place = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "conversation_saved_filter"
        ordering: ClassVar = ["place", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["colleague", "name"], name="conversation_filter_name")]


class Notification(models.Model):
    """Something a colleague should know: mentioned, assigned, answered, failed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="notifications")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "conversation_notification"
        indexes: ClassVar = [models.Index(fields=["colleague", "-at"], name="conversation_notification_of")]
