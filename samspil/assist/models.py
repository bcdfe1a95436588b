"""Past answers that may help again, what was suggested and used, and the endpoint that may be asked."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import RawSQL

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.reply.models import Canned, Reply


class Pair(models.Model):
    """What a person asked and what a colleague answered, where that ended well; both masked (``rules.mask``).

    ``vector``: 384 signed bytes, what the question means; None: not read yet. ``shown`` and ``used`` are how it fared as a suggestion.
    """

    id = models.BigAutoField(primary_key=True)
    question = models.OneToOneField(Interaction, on_delete=models.CASCADE, related_name="+")
    answer = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")
    asked = models.TextField()
    said = models.TextField()
    language = models.CharField(max_length=2, blank=True, default="")
    at = models.DateTimeField()
    vector = models.BinaryField(null=True)
    shown = models.IntegerField(default=0)
    used = models.IntegerField(default=0)
    search = models.GeneratedField(
        expression=RawSQL(
            "CASE WHEN language = 'en' THEN to_tsvector('english'::regconfig, left(asked, 20000))"
            " ELSE to_tsvector('danish'::regconfig, left(asked, 20000)) END",
            [],
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        db_table = "assist_pair"
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="assist_pair_search", fastupdate=False),
            models.Index(fields=["id"], condition=models.Q(vector__isnull=True), name="assist_pair_unread"),
        ]


class Word(models.Model):
    """In how many questions a word stands, counted nightly: how much it tells."""

    word = models.TextField(primary_key=True)
    df = models.IntegerField()

    class Meta:
        db_table = "assist_word"


class Gathered(models.Model):
    """How far the log was looked through, how many pairs there are, and which generation of vectors the files hold. One row.

    ``generation`` rises when a pair goes away, so that no file keeps what was forgotten.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    done_at = models.DateTimeField(null=True)
    conversation = models.UUIDField(null=True)
    pairs = models.IntegerField(default=0)
    generation = models.BigIntegerField(default=0)

    class Meta:
        db_table = "assist_gathered"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="assist_gathered_is_one")]


class Meaning(models.Model):
    """What a message that came in means, read by the worker, so that no page needs the language model. Kept some weeks."""

    interaction = models.OneToOneField(Interaction, primary_key=True, on_delete=models.CASCADE, related_name="+")
    vector = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "assist_meaning"
        indexes: ClassVar = [models.Index(fields=["at"], name="assist_meaning_at")]


class ReadyMeaning(models.Model):
    """What a ready text means, as it was worded at ``changed_at``."""

    ready = models.OneToOneField(Canned, primary_key=True, on_delete=models.CASCADE, related_name="+")
    vector = models.BinaryField()
    words = models.CharField(max_length=32)
    """Digest of what was read."""

    class Meta:
        db_table = "assist_ready_meaning"


class Offer(models.Model):
    """One text that was suggested for a message, and what became of it.

    ``pair`` or ``ready`` is where it comes from; ``likely`` what it was believed to be worth. ``put_in`` is the text as it was put in the
    draft, kept only until it is known what became of it. ``distance`` is how much of it was changed, 0-1.
    """

    class Outcome(models.TextChoices):
        NONE = ""
        SENT = "sent"
        EDITED = "edited"
        THROWN = "thrown"

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+", db_index=False)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    competence = models.ForeignKey(Competence, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    pair = models.ForeignKey(Pair, null=True, on_delete=models.SET_NULL, related_name="+")
    ready = models.ForeignKey(Canned, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    source = models.CharField(max_length=5)
    """pair or ready."""
    place = models.SmallIntegerField()
    likely = models.FloatField()
    at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    inserted_at = models.DateTimeField(null=True)
    useless_at = models.DateTimeField(null=True)
    put_in = models.TextField(blank=True, default="")
    reply = models.ForeignKey(Reply, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True, default="")
    distance = models.FloatField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "assist_offer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interaction", "colleague", "pair", "ready"], name="assist_offer_once", nulls_distinct=False
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="assist_offer_at"),
            models.Index(
                fields=["inserted_at"], condition=models.Q(inserted_at__isnull=False, settled_at=None), name="assist_offer_open"
            ),
        ]


class Endpoint(models.Model):
    """The one language model that may be asked, where somebody has decided so: any server that speaks OpenAI's chat completions.

    ``secret`` is its key, sealed. ``uses`` are of summary, draft and translation. ``seconds`` is how long one waits for each piece.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    active = models.BooleanField(default=False)
    base_url = models.CharField(max_length=300)
    model = models.CharField(max_length=200)
    secret = models.BinaryField(default=bytes)
    uses = models.JSONField(default=list)
    max_tokens = models.PositiveIntegerField(default=600)
    seconds = models.PositiveSmallIntegerField(default=60)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        db_table = "assist_endpoint"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="assist_endpoint_is_one")]


class Scope(models.Model):
    """A unit in whose conversations the endpoint may be asked; ``masked``: names, addresses and numbers are taken out before.

    ``unit`` None: conversations that have no unit.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.OneToOneField(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    masked = models.BooleanField(default=True)

    class Meta:
        db_table = "assist_scope"
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit"], name="assist_scope_once", nulls_distinct=False)]


class Made(models.Model):
    """One question to the endpoint and what came of it. ``asked`` are the words that left the house, ``said`` what came back, cleaned.

    ``error`` is the code of what went wrong, "" where nothing did. Both texts are emptied after some weeks.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+", db_index=False)
    purpose = models.CharField(max_length=12)
    model = models.CharField(max_length=200)
    asked = models.TextField()
    said = models.TextField(blank=True, default="")
    masked = models.BooleanField(default=False)
    at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    error = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        db_table = "assist_made"
        indexes: ClassVar = [models.Index(fields=["-at"], name="assist_made_newest")]
