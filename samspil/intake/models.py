"""Accounts, envelopes, handles and the one log of interactions."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.organisation.models import Colleague


class Account(models.Model):
    """One connected mailbox, page or bot. ``secrets`` is encrypted; ``cursor`` is where its channel goes on.

    ``state``: broken is an account whose network wants a new sign-in; closed is one that was disconnected: its secrets are gone, and
    everything that came by it stays.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        BROKEN = "broken"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id)
    channel = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    config = models.JSONField(default=dict)
    secrets = models.BinaryField(default=bytes)
    key = models.BinaryField()
    own = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="da")
    cursor = models.JSONField(null=True, default=None)
    history = models.BooleanField(default=False)
    """Holds imported history: nothing is fetched or sent, nobody is notified, conversations come in as done."""
    seen_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "intake_account"
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Hour(models.Model):
    """How many envelopes an account got in one hour, and when the last of them came: its rhythm."""

    pk = models.CompositePrimaryKey("account", "hour")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="hours", db_index=False)
    hour = models.DateTimeField()
    envelopes = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "intake_hour"


class Envelope(models.Model):
    """An inbound payload as it came, kept before anybody tries to understand it.

    A large one lies outside the database: then ``payload`` is empty, ``blob`` names the file and ``blob_size`` its bytes.
    ``forgotten``: it was older than the forgetting of its person, and nothing of it is kept.
    """

    class State(models.TextChoices):
        ARRIVED = "arrived"
        UNDERSTOOD = "understood"
        EMPTY = "empty"
        NOT_UNDERSTOOD = "not_understood"
        QUARANTINED = "quarantined"
        FORGOTTEN = "forgotten"

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="envelopes", db_index=False)
    external_id = models.CharField(max_length=200)
    payload = models.BinaryField()
    blob = models.CharField(max_length=64, blank=True, default="", db_default="")
    blob_size = models.BigIntegerField(default=0, db_default=0)
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.ARRIVED)
    error = models.TextField(blank=True, default="")
    attempts = models.SmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_envelope"
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "external_id"], name="intake_envelope_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(state="arrived"), name="intake_envelope_waiting"),
            models.Index(
                fields=["state"], condition=models.Q(state__in=["not_understood", "quarantined"]), name="intake_envelope_trouble"
            ),
            models.Index(fields=["blob"], condition=~models.Q(blob=""), name="intake_envelope_blob"),
        ]


class Handle(models.Model):
    """Somebody's address on a network, within its scope. A network's fact; whose it is, is a link's to say."""

    id = models.UUIDField(primary_key=True, default=new_id)
    network = models.CharField(max_length=40)
    scope = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=500)
    display = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    verified = models.CharField(max_length=20, blank=True, default="")
    verified_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    dead_why = models.TextField(blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "intake_handle"
        constraints: ClassVar = [models.UniqueConstraint(fields=["network", "scope", "address"], name="intake_handle_once")]
        indexes: ClassVar = [
            GinIndex(OpClass("address", name="gin_trgm_ops"), name="intake_handle_address"),
            # Most have none, and cost nothing.
            GinIndex(OpClass("name", name="gin_trgm_ops"), name="intake_handle_name_inside", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name or self.address


class Forgotten(models.Model):
    """A handle whose person has been forgotten, as a keyed hash only: nothing older than ``at`` is taken in from it again."""

    mark = models.BinaryField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "intake_forgotten"


class Interaction(models.Model):
    """One thing that somebody did, appended once. Nothing here is changed; an edit or a deletion is a row of its own.

    ``handle`` is the consumer's, in both directions: who did it, or whom we did it to (then ``colleague`` is who of us).
    ``data`` holds what only some kinds have: html, to, automatic, notes, emoji, and ``target``, the external id that an edit,
    a deletion or a reaction is about; of a follow, how the follower is reached; of ours, ``kept``, which the channel shows, and
    ``choices``, the answers that it offers.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        EDIT = "edit"
        DELETE = "delete"
        REACTION = "reaction"
        FOLLOW = "follow"
        PURCHASE = "purchase"

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="interactions", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    envelope_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    outgoing = models.BooleanField(default=False)
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    external_id = models.CharField(max_length=1000)
    subject = models.CharField(max_length=1000, blank=True, default="")
    text = models.TextField(blank=True, default="")
    public = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    data = models.JSONField(default=dict)
    language = models.CharField(max_length=2, blank=True, default="")
    search = models.GeneratedField(
        expression=RawSQL(
            "CASE WHEN language = 'en' THEN to_tsvector('english'::regconfig, left(subject || ' ' || text, 100000))"
            " ELSE to_tsvector('danish'::regconfig, left(subject || ' ' || text, 100000)) END",
            [],
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        db_table = "intake_interaction"
        indexes: ClassVar = [
            models.Index(fields=["handle", "-at", "-id"], name="intake_interaction_timeline"),
            GinIndex(fields=["search"], name="intake_interaction_search"),
            # Few rows are in these: what a channel shows to whoever asks, and who follows us.
            models.Index(
                fields=["account", "external_id"], condition=models.Q(data__has_key="kept"), name="intake_interaction_kept"
            ),
            models.Index(
                "account",
                KeyTextTransform("target", "data"),
                condition=models.Q(data__has_key="kept"),
                name="intake_interaction_changed",
            ),
            models.Index(
                fields=["account", "-id"], condition=models.Q(data__has_key="kept", public=True), name="intake_interaction_shown"
            ),
            models.Index(
                fields=["account", "handle", "-id"], condition=models.Q(kind="follow"), name="intake_interaction_follow"
            ),
        ]


class Attachment(models.Model):
    """A file of an interaction. Its bytes lie outside the database under ``digest`` (SHA-256), or still in the envelope at ``part``.

    ``alt`` says what it shows. One that lies on the network has a ``state`` and an ``account``: it waits to be fetched at ``fetch_at`` and
    ends as there or as gone, then with ``why`` and the network's words in ``error``. ``claimed_at`` is when the fetch under way began.
    ``history``: it came with an import and waits behind what is new.
    """

    class State(models.TextChoices):
        INSIDE = ""
        WAITING = "waiting"
        THERE = "there"
        GONE = "gone"

    class Why(models.TextChoices):
        NONE = ""
        TOO_LARGE = "too_large"
        UNREACHABLE = "unreachable"
        GAVE_UP = "gave_up"
        DISCONNECTED = "disconnected"
        UNSUPPORTED = "unsupported"

    id = models.UUIDField(primary_key=True, default=new_id)
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    detected_type = models.CharField(max_length=127, blank=True, default="")
    size = models.BigIntegerField()
    part = models.CharField(max_length=100, blank=True, default="")
    content_id = models.CharField(max_length=255, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    alt = models.TextField(blank=True, default="", db_default="")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    history = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=7, choices=State.choices, blank=True, default="", db_default="")
    why = models.CharField(max_length=12, choices=Why.choices, blank=True, default="", db_default="")
    error = models.TextField(blank=True, default="", db_default="")
    fetch_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "intake_attachment"
        indexes: ClassVar = [
            models.Index(
                fields=["account", "history", "fetch_at", "id"], condition=models.Q(state="waiting"), name="intake_attachment_due"
            ),
            models.Index(
                fields=["account", "claimed_at"],
                condition=models.Q(state="waiting", claimed_at__isnull=False),
                name="intake_attachment_claimed",
            ),
        ]


blobs.referred_by("intake_envelope", "blob")
blobs.referred_by("intake_attachment", "digest")
