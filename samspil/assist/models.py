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


class AutoAnswer(models.Model):
    """An answer of the house that a lead has approved to be sent by itself in a unit's conversations, in one language.

    ``text`` is what was approved, with its places: a ready text that was worded anew since must be approved again. After
    ``expires_at`` somebody has to look at it once more.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    ready = models.ForeignKey(Canned, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    pair = models.ForeignKey(Pair, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120)
    text = models.TextField()
    language = models.CharField(max_length=2)
    approved_by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    approved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "assist_auto_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "ready", "language"],
                condition=models.Q(ended_at=None, ready__isnull=False),
                name="assist_auto_answer_ready",
            ),
            models.UniqueConstraint(
                fields=["unit", "pair"], condition=models.Q(ended_at=None, pair__isnull=False), name="assist_auto_answer_pair"
            ),
        ]


class AutoTrial(models.Model):
    """A dry run of a unit's answers over the last days. ``answers`` are their ids in the order of the numbers, ``mark`` a digest of them.

    ``book`` is [[pair, [places of the answers that it was answered with]]], ``curve`` [constant, weights], ``table`` the steps.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField()
    by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    answers = models.JSONField(default=list)
    mark = models.CharField(max_length=32, blank=True, default="")
    book = models.JSONField(default=list)
    curve = models.JSONField(null=True)
    table = models.JSONField(default=list)
    known = models.IntegerField(default=0)
    """Messages of which a colleague's answer is known."""
    held_out = models.IntegerField(default=0)
    calibration_error = models.FloatField(null=True)

    class Meta:
        db_table = "assist_auto_trial"
        indexes: ClassVar = [
            models.Index(fields=["unit", "-at"], name="assist_auto_trial_newest"),
            models.Index(fields=["at"], condition=models.Q(state__in=["waiting", "running"]), name="assist_auto_trial_open"),
        ]


class AutoCase(models.Model):
    """One past first message in a dry run: what would have been sent, how likely it was right, and what a colleague really answered.

    ``answered`` None: nobody has. ``right`` None: not known. ``held_out``: it was not learned from. ``refused``: why it is never answered.
    """

    id = models.BigAutoField(primary_key=True)
    trial = models.ForeignKey(AutoTrial, on_delete=models.CASCADE, related_name="cases")
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")
    answered = models.ForeignKey(Interaction, null=True, on_delete=models.CASCADE, related_name="+")
    answer = models.ForeignKey(AutoAnswer, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    likely = models.FloatField(null=True)
    right = models.BooleanField(null=True, db_column="is_right")
    held_out = models.BooleanField(default=False)
    refused = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        db_table = "assist_auto_case"
        indexes: ClassVar = [models.Index(fields=["trial", "-likely"], name="assist_auto_case_likeliest")]


class AutoLabel(models.Model):
    """A lead says whether an answer would have been right for a message; the next dry run learns from it."""

    id = models.BigAutoField(primary_key=True)
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")
    answer = models.ForeignKey(AutoAnswer, on_delete=models.CASCADE, related_name="+", db_index=False)
    right = models.BooleanField(db_column="is_right")
    by = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "assist_auto_label"
        constraints: ClassVar = [models.UniqueConstraint(fields=["interaction", "answer"], name="assist_auto_label_once")]


class AutoSetting(models.Model):
    """How a unit lets answers be sent by themselves, as somebody saved it; the highest number holds. None: off. ``by`` None: it did so itself.

    ``lines`` is {language: the line that says how it came and how a person is reached}. ``since`` is when it was switched on.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    number = models.IntegerField()
    enabled = models.BooleanField(default=False)
    threshold = models.FloatField(default=0.95)
    delay_minutes = models.PositiveSmallIntegerField(default=5)
    per_hour = models.PositiveSmallIntegerField(default=10)
    expires_days = models.PositiveSmallIntegerField(default=180)
    closed_too = models.BooleanField(default=False)
    lines = models.JSONField(default=dict)
    trial = models.ForeignKey(AutoTrial, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    speaker = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    """Who switched it on, and is told when one does not arrive."""
    since = models.DateTimeField(null=True)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    why = models.CharField(max_length=300, blank=True, default="")
    restored = models.IntegerField(null=True)

    class Meta:
        db_table = "assist_auto_setting"
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "number"], name="assist_auto_setting_once")]


class AutoRun(models.Model):
    """A first message in a unit that answers by itself, and what was done with it. ``why``: why it was left, stopped or withdrawn.

    ``right`` is what became known afterwards, by ``verdict``: thanks, silence, pulse; wrote, corrected.
    """

    class State(models.TextChoices):
        LEFT = "left"
        WAITING = "waiting"
        SENT = "sent"
        STOPPED = "stopped"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", db_index=False)
    setting = models.ForeignKey(AutoSetting, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    interaction = models.OneToOneField(Interaction, on_delete=models.CASCADE, related_name="+")
    answer = models.ForeignKey(AutoAnswer, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    reply = models.OneToOneField(Reply, null=True, on_delete=models.SET_NULL, related_name="+")
    likely = models.FloatField(null=True)
    state = models.CharField(max_length=9, choices=State.choices)
    why = models.CharField(max_length=10, blank=True, default="")
    at = models.DateTimeField()
    send_at = models.DateTimeField(null=True)
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    right = models.BooleanField(null=True, db_column="is_right")
    verdict = models.CharField(max_length=10, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "assist_auto_run"
        indexes: ClassVar = [
            models.Index(fields=["unit", "-at"], name="assist_auto_run_newest"),
            models.Index(fields=["send_at"], condition=models.Q(state="waiting"), name="assist_auto_run_due"),
            models.Index(fields=["at"], condition=models.Q(state="sent", right=None), name="assist_auto_run_open"),
        ]
