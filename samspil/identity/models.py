"""A consumer is a set of handles; a link says why, since when and until when. History is never rewritten.

Everything a person is, or has said of themselves, hangs on a handle, so that it goes where the handle goes and comes back with it.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Left, Lower

from samspil.base import blobs
from samspil.base.ids import new_id
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague


class Consumer(models.Model):
    """A person outside. ``folded`` is the name without accents or case, for search (Søren = soeren)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=200, blank=True, default="")
    folded = models.CharField(max_length=400, blank=True, default="")
    named_by_hand = models.BooleanField(default=False)
    place = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        db_table = "identity_consumer"
        indexes: ClassVar = [
            GinIndex(OpClass(Func(F("folded"), function="identity_loose"), name="gin_trgm_ops"), name="identity_consumer_loose")
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """One step in who is who. The links are what replaying the decisions in force gives, in the order of their ids.

    ``join``: every handle of ``absorbed`` came to ``kept``. ``move``: ``handles`` went from ``absorbed`` to ``kept``, whatever came before.
    ``undo``: ``undoes`` is not in force any more (an undo can be undone); ``kept`` and ``absorbed`` are whom it is about.
    ``undone_at`` says since when a decision is not in force.
    """

    class Kind(models.TextChoices):
        JOIN = "join"
        MOVE = "move"
        UNDO = "undo"

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.JOIN, db_default="join")
    kept = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="absorbed_by")
    handles = ArrayField(models.UUIDField(), default=list, blank=True, db_default=models.Value("{}"))
    evidence = models.JSONField(default=list, db_default=models.Value("[]", models.JSONField()))
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by_step")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300, blank=True, default="")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_decision"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(kept=models.F("absorbed")), name="identity_decision_of_two"),
            models.CheckConstraint(
                condition=models.Q(kind="undo", undoes__isnull=False) | (~models.Q(kind="undo") & models.Q(undoes__isnull=True)),
                name="identity_decision_whole",
            ),
        ]


class Link(models.Model):
    """This handle belongs to this consumer, because. ``evidence`` is a list of {kind, strength, words}; ``made_by`` None is Samspil itself.

    ``via`` is the handle beside which this one was put when it was first seen: where that one goes, this one goes.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="links")
    consumer = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="links", db_index=False)
    evidence = models.JSONField(default=list)
    made_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="links")
    via = models.ForeignKey(Handle, null=True, on_delete=models.PROTECT, related_name="+")
    from_consumer = models.ForeignKey(Consumer, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose the handle was before."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_link"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handle"], condition=models.Q(ended_at__isnull=True), name="identity_link_one_owner", include=["consumer"]
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["consumer"], condition=models.Q(ended_at__isnull=True), name="identity_link_of", include=["handle"]
            )
        ]


class Veto(models.Model):
    """Somebody said that these two handles are not the same person. Nothing joins them by itself until it is lifted. ``one`` < ``other``."""

    id = models.UUIDField(primary_key=True, default=new_id)
    one = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300, blank=True, default="")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="vetoes")
    """The decision that said so, if one did: where it is undone, its vetoes are lifted."""
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_veto"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="identity_veto_in_order"),
            models.UniqueConstraint(
                fields=["one", "other"], condition=models.Q(lifted_at__isnull=True), name="identity_veto_once"
            ),
        ]


class Mark(models.Model):
    """What is to be known of a handle: ``shared`` joins nobody; ``lookalike`` and ``impostor`` are warnings. ``by`` None is Samspil itself."""

    class Kind(models.TextChoices):
        SHARED = "shared"
        LOOKALIKE = "lookalike"
        IMPOSTOR = "impostor"

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_mark"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handle", "kind"], condition=models.Q(ended_at__isnull=True), name="identity_mark_once"
            )
        ]


class Policy(models.Model):
    """What the organisation lets Samspil do by itself. One row; none means the defaults. Probabilities from 0 to 1.

    ``join_at`` None: only what is proved joins by itself. Pairs from ``suggest_at`` on are suggested, the others are left.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    join_at = models.FloatField(null=True)
    suggest_at = models.FloatField()
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_policy"


class Weights(models.Model):
    """The match weights as they were learned once. The newest is in use; ``weights`` is rules.model's JSON."""

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField()
    engine = models.CharField(max_length=10)
    handles = models.IntegerField()
    decisions = models.IntegerField(default=0)
    weights = models.JSONField()
    report = models.JSONField(default=dict)

    class Meta:
        db_table = "identity_weights"


class Profile(models.Model):
    """What is compared of a handle, folded and cut: rules.profile's JSON."""

    handle = models.OneToOneField(Handle, primary_key=True, on_delete=models.PROTECT, related_name="profile")
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "identity_profile"


class Key(models.Model):
    """Handles with a key in common are compared. ``key`` is a hash of 64 bits."""

    pk = models.CompositePrimaryKey("key", "handle_id")
    key = models.BigIntegerField()
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_key"


class Suggestion(models.Model):
    """Two handles that may be one person. ``one`` < ``other``; ``parts`` is the evidence with its weights in bits, strongest first.

    ``gain`` orders the worklist: what knowing the answer is expected to bring. ``gone``: it does not hold any more.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SAME = "same"
        APART = "apart"
        UNSURE = "unsure"
        GONE = "gone"

    id = models.UUIDField(primary_key=True, default=new_id)
    one = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="+")
    bits = models.FloatField()
    probability = models.FloatField()
    gain = models.FloatField()
    parts = models.JSONField(default=list)
    source = models.CharField(max_length=10, default="live")
    found_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_suggestion"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="identity_suggestion_in_order"),
            models.UniqueConstraint(fields=["one", "other"], name="identity_suggestion_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-gain", "id"], condition=models.Q(state="open"), name="identity_suggestion_open")
        ]


class Field(models.Model):
    """An attribute that the organisation has made for its consumers. ``choices`` are the values of a ``choice``."""

    class Kind(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        DATE = "date"
        YES = "yes"
        CHOICE = "choice"
        LINK = "link"

    slug = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(default=list)
    place = models.SmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_field"
        ordering: ClassVar = ["place", "name"]


class Detail(models.Model):
    """Something known of a person, at the handle by which we know it: a company, a title, an address, a customer number, an own attribute.

    ``field`` is a word of rules.details or a Field's slug; ``value`` is text in one form (ISO dates, "1" and "0", a point in numbers).
    ``since`` and ``until`` are when it was true, ``at`` and ``ended_at`` when we believed it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="details")
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=2000)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    source = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "identity_detail"
        indexes: ClassVar = [
            models.Index(
                "field", Left(Lower("value"), 200), condition=models.Q(ended_at__isnull=True), name="identity_detail_value"
            ),
            GinIndex(
                OpClass(Func(F("value"), function="identity_loose"), name="gin_trgm_ops"),
                condition=models.Q(ended_at__isnull=True),
                name="identity_detail_loose",
            ),
        ]


class Note(models.Model):
    """What a colleague wrote about a person, for colleagues. It stays with the handle at which it was written."""

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_note"


class File(models.Model):
    """A file about a person. Its bytes lie outside the database under ``digest`` (SHA-256)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_file"


class Segment(models.Model):
    """Consumers who fit a description now. ``filter`` is a line of the language in rules.segment."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=80)
    filter = models.CharField(max_length=2000)
    by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_segment"
        ordering: ClassVar = ["name", "id"]


blobs.referred_by("identity_file", "digest")
