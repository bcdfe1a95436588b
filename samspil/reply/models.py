"""Replies of colleagues and their fate."""

from typing import ClassVar

from django.db import models

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.models import Account, Handle, Interaction
from samspil.organisation.models import Colleague, Unit


class Draft(models.Model):
    """What a colleague has begun to write, saved as it is typed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True, default="")
    note = models.BooleanField(default=False)
    handle = models.ForeignKey(Handle, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "reply_draft"
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "colleague"], name="reply_draft_one")]


class Reply(models.Model):
    """One answer in the outbox. ``id`` is made by the page that wrote it and is the idempotency key of every try."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="replies")
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    colleague = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    subject = models.CharField(max_length=1000, blank=True, default="")
    in_reply_to = models.ForeignKey(Interaction, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    interaction = models.OneToOneField(Interaction, null=True, on_delete=models.PROTECT, related_name="reply")
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="resends")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    written_at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.TextField(blank=True, default="")
    external_id = models.CharField(max_length=1000, blank=True, default="")
    template = models.JSONField(null=True, default=None)
    """Of a template that is sent: {name, language, values}."""
    choices = models.JSONField(default=None, null=True)
    """Answers that are offered: [[sign, label]]."""
    private = models.BooleanField(default=False, db_default=False)
    """For the receiver alone, though what it answers is public."""

    class Meta:
        db_table = "reply"
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="reply_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="reply_sending"),
            models.Index(fields=["external_id"], condition=~models.Q(external_id=""), name="reply_external"),
            models.Index(fields=["account", "interaction"], condition=models.Q(interaction__isnull=False), name="reply_sent"),
        ]


class Change(models.Model):
    """What a colleague does to a message that is on the network already: new words, taken back, a sign; or that it has been read.

    ``id`` is the key of every try. Once the network took it, it is in the log as ``logged``, at the message's handle; that a message has
    been read is kept here alone.
    """

    class Kind(models.TextChoices):
        EDIT = "edit"
        DELETE = "delete"
        REACT = "react"
        UNREACT = "unreact"
        READ = "read"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id)
    interaction = models.ForeignKey(Interaction, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="changes")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    colleague = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    text = models.TextField(blank=True, default="")
    emoji = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    written_at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.TextField(blank=True, default="")
    logged = models.OneToOneField(Interaction, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "reply_change"
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="reply_change_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="reply_change_sending"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interaction"], condition=models.Q(kind="read"), name="reply_change_read_once"),
        ]


class ReplyFile(models.Model):
    """A file that goes with a reply; its bytes lie outside the database under ``digest``."""

    id = models.UUIDField(primary_key=True, default=new_id)
    reply = models.ForeignKey(Reply, null=True, on_delete=models.CASCADE, related_name="files")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    alt = models.TextField(blank=True, default="", db_default="")
    """What it shows, to who cannot see it."""
    at = models.DateTimeField()

    class Meta:
        db_table = "reply_file"


class Delivery(models.Model):
    """One line of the ledger: what became known of a reply, when, in whose words."""

    id = models.UUIDField(primary_key=True, default=new_id)
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=Reply.State.choices)
    at = models.DateTimeField()
    detail = models.TextField(blank=True, default="")
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "reply_delivery"


class Canned(models.Model):
    """A ready text that a colleague can put in with ``/key``; ``{first name}`` and its like are filled in (``rules.VARIABLES``).

    ``unit``: only colleagues of that unit are offered it. ``text`` is Danish, ``text_en`` English.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    text = models.TextField()
    text_en = models.TextField(blank=True, default="")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reply_canned"
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(ended_at=None), name="reply_canned_key"),
        ]


blobs.referred_by("reply_file", "digest")
