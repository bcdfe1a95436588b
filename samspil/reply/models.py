"""Replies of colleagues and their fate."""

from typing import ClassVar

from django.db import models

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.models import Account, Handle, Interaction
from samspil.organisation.models import Colleague, Unit

_HAS_ITS_YES = (
    models.Q(needs_yes=False)
    | models.Q(state__in=("awaits_yes", "cancelled", "failed"))
    | (models.Q(approved_by__isnull=False) & ~models.Q(approved_by=models.F("colleague")))
)
"""What needs a yes has one, of somebody else than its author, or does not leave."""


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
        AWAITS_YES = "awaits_yes"
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
    needs_yes = models.BooleanField(default=False, db_default=False)
    """Somebody else's yes is needed before it leaves; the database holds it back until then (``reply_has_its_yes``)."""
    approved_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_itself = models.BooleanField(default=False, db_default=False)
    """Samspil sent it; ``colleague`` is who has decided that it may."""

    class Meta:
        db_table = "reply"
        constraints: ClassVar = [models.CheckConstraint(condition=_HAS_ITS_YES, name="reply_has_its_yes")]
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
        AWAITS_YES = "awaits_yes"
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
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    written_at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.TextField(blank=True, default="")
    logged = models.OneToOneField(Interaction, null=True, on_delete=models.PROTECT, related_name="+")
    needs_yes = models.BooleanField(default=False, db_default=False)
    approved_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "reply_change"
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=models.Q(state="queued"), name="reply_change_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="reply_change_sending"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interaction"], condition=models.Q(kind="read"), name="reply_change_read_once"),
            models.CheckConstraint(condition=_HAS_ITS_YES, name="reply_change_has_its_yes"),
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


class ApprovalPolicy(models.Model):
    """When answers of a unit need somebody else's yes, and whose: one row for each time it was set, the newest in force (``ended_at`` None).

    Of the conditions see ``rules.approval.Conditions``. Who says yes: the unit's leads, ``named`` colleagues (ids), who holds the
    conversation's competence at level 4 or more. After ``raise_minutes`` the leads above and the administrators are asked too.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", db_index=False)
    active = models.BooleanField()
    everybody = models.BooleanField(default=False)
    below_level = models.PositiveSmallIntegerField(null=True)
    first_answers = models.PositiveSmallIntegerField(null=True)
    accounts = models.JSONField(default=list)
    words = models.JSONField(default=list)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    by_leads = models.BooleanField(default=True)
    by_level = models.BooleanField(default=False)
    named = models.JSONField(default=list)
    raise_minutes = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reply_approval_policy"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit"], condition=models.Q(ended_at=None), name="reply_approval_policy_one"),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "-at"], name="reply_approval_policy_of")]


class Approval(models.Model):
    """Somebody else's yes to one answer, or to new words of one: asked for, given, sent back, withdrawn.

    ``unit`` is whose policy asked for it, ``wished_at`` when its author wants it to leave, ``reasons`` [[kind, value]].
    ``before`` is what the author wrote where it was changed with the yes, ``word`` what was said when it was sent back.
    ``raised_at``: the leads above are asked too.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        RETURNED = "returned"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id)
    reply = models.OneToOneField(Reply, null=True, on_delete=models.CASCADE, related_name="approval")
    change = models.OneToOneField(Change, null=True, on_delete=models.CASCADE, related_name="approval")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    author = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    wished_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.TextField(blank=True, default="")
    word = models.TextField(blank=True, default="")

    class Meta:
        db_table = "reply_approval"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(reply=None) ^ models.Q(change=None), name="reply_approval_of_one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=models.Q(state="waiting"), name="reply_approval_waiting"),
        ]


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
