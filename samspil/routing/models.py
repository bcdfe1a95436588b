"""Every decision of routing with its reasons, and the classifiers that were trained."""

from typing import ClassVar

from django.db import models

from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague, Competence, Unit


class Classifier(models.Model):
    """A trained text classifier. ``body`` is arrays without pickle, signed with our own key; ``report`` its quality."""

    id = models.UUIDField(primary_key=True, default=new_id)
    trained_at = models.DateTimeField()
    examples = models.IntegerField()
    body = models.BinaryField()
    signature = models.CharField(max_length=64)
    report = models.JSONField(default=dict)
    active = models.BooleanField(default=False)

    class Meta:
        db_table = "routing_classifier"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["active"], condition=models.Q(active=True), name="routing_one_active_classifier")
        ]

    def __str__(self) -> str:
        return f"{self.trained_at:%Y-%m-%d %H:%M}, {self.examples} examples"


class Decision(models.Model):
    """Where a conversation was sent and why. ``reasons`` is a list of {kind, words, weight}; newest last is in force."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    competence = models.ForeignKey(Competence, null=True, on_delete=models.SET_NULL, related_name="+")
    confidence = models.FloatField(null=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+")
    colleague = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    classifier = models.ForeignKey(Classifier, null=True, on_delete=models.SET_NULL, related_name="+")
    reasons = models.JSONField(default=list)
    wanted = models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField()))
    """Everything the text may ask for: pairs of a competence's id and its probability, likeliest first."""

    class Meta:
        db_table = "routing_decision"
        indexes: ClassVar = [
            models.Index(fields=["colleague", "at"], condition=models.Q(by__isnull=True), name="routing_decision_given"),
            models.Index(
                fields=["-at"], condition=models.Q(by__isnull=False, competence__isnull=False), name="routing_decision_by_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} at {self.at:%Y-%m-%d %H:%M}"


class Question(models.Model):
    """A question as consumers ask it, given by the organisation to teach routing before anybody has asked."""

    id = models.UUIDField(primary_key=True, default=new_id)
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    language = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        db_table = "routing_question"

    def __str__(self) -> str:
        return self.text


class Policy(models.Model):
    """How the organisation wants work shared out: the one row, or none for what is usual.

    ``grace_minutes`` is how long an unanswered conversation stays with who has gone away; None: for ever. ``daily`` is the most
    that routing gives one colleague a day; None: no limit but the places. ``patience_minutes`` is how long after its arrival a
    conversation may wait for whom its consumer knows, though somebody else has a place; 0: never.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    grace_minutes = models.PositiveIntegerField(null=True, default=60)
    daily = models.PositiveIntegerField(null=True)
    patience_minutes = models.PositiveSmallIntegerField(default=30, db_default=30)

    class Meta:
        db_table = "routing_policy"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="routing_policy_is_one")]


class PolicyChange(models.Model):
    """What was set, when and by whom (None: at the command line): the history of the policy, to go back to."""

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField()
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    grace_minutes = models.PositiveIntegerField(null=True)
    daily = models.PositiveIntegerField(null=True)
    patience_minutes = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "routing_policy_change"
        indexes: ClassVar = [models.Index(fields=["-at"], name="routing_policy_change_at")]


class Record(models.Model):
    """What became of a colleague's conversations of one competence, computed anew by the clock.

    ``well`` of ``ended`` went well; ``rate`` is that share drawn towards the competence's own, ``spread`` its standard deviation,
    ``shift`` how far the rate lies from the competence's.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    colleague = models.ForeignKey(Colleague, on_delete=models.CASCADE, related_name="+")
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="+")
    well = models.IntegerField()
    ended = models.IntegerField()
    rate = models.FloatField()
    spread = models.FloatField()
    shift = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        db_table = "routing_record"
        constraints: ClassVar = [models.UniqueConstraint(fields=["colleague", "competence"], name="routing_record_once")]


class Told(models.Model):
    """A conversation is about a competence, as its colleagues showed: one asked for it, and one who holds it answered."""

    id = models.UUIDField(primary_key=True, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Colleague, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "routing_told"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "competence"], name="routing_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} is about {self.competence_id}"
