"""Learning from what was answered since."""

from datetime import datetime

from django.db import transaction

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.base.seal import sign
from samspil.organisation.models import Competence
from samspil.routing.facts import ClassifierTrained
from samspil.routing.models import Classifier, Question
from samspil.routing.queries.active import PURPOSE, look_again
from samspil.routing.queries.report import described

CONVERSATIONS = 20_000
"""The newest confirmed conversations are learned from."""
MESSAGES = 3
"""The first messages of a consumer in a conversation; later ones are mostly thanks and appointments."""
SHORTEST = 12
"""Letters below which a later message says nothing of its own."""
BODIES = 5
"""So many earlier classifiers keep their body, to go back to; of older ones only the report stays."""

_CONFIRMED = (
    "WITH hand AS (SELECT DISTINCT ON (conversation_id) conversation_id AS id, competence_id FROM routing_decision"
    "  WHERE by_id IS NOT NULL ORDER BY conversation_id, at DESC, id DESC),"
    " confirmed AS ("
    "  SELECT c.id, c.consumer_id, c.last_at, h.competence_id, true AS by_hand FROM hand h JOIN conversation c ON c.id = h.id"
    "   WHERE h.competence_id IS NOT NULL"
    "  UNION ALL SELECT c.id, c.consumer_id, c.last_at, c.competence_id, false FROM conversation c"
    "   WHERE c.competence_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM hand h WHERE h.id = c.id) AND EXISTS ("
    "    SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id AND i.outgoing AND i.kind = 'message'"
    "     JOIN organisation_competence_held k ON k.colleague_id = i.colleague_id AND k.competence_id = c.competence_id"
    "     WHERE p.conversation_id = c.id)"
    "  UNION ALL SELECT c.id, c.consumer_id, c.last_at, t.competence_id, false FROM routing_told t JOIN conversation c"
    "   ON c.id = t.conversation_id AND c.competence_id IS NULL AND NOT EXISTS (SELECT 1 FROM hand h WHERE h.id = c.id"
    "    AND h.competence_id IS NOT NULL)),"
    " newest AS (SELECT x.* FROM confirmed x JOIN organisation_competence k ON k.id = x.competence_id AND k.active"
    "  ORDER BY x.last_at DESC, x.id LIMIT %(conversations)s)"
    " SELECT n.competence_id, n.by_hand, n.consumer_id, m.place, m.subject, m.text FROM newest n CROSS JOIN LATERAL ("
    "  SELECT row_number() OVER (ORDER BY p.at, i.id) AS place, i.subject, left(i.text, 3000) AS text"
    "   FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "   WHERE p.conversation_id = n.id AND NOT i.outgoing AND i.kind = 'message' AND coalesce(i.data->>'automatic', '') = ''"
    "   ORDER BY p.at, i.id LIMIT %(messages)s) m ORDER BY n.last_at DESC, n.id, m.place"
)


class TooLittleToLearn(SamspilError):
    """Routing needs two competences with a description, words or answered conversations."""

    code = "routing.too_little_to_learn"


def train(*, at: datetime, quick: bool = False) -> Classifier:
    """Learn from descriptions, given questions and confirmed conversations, and put the new classifier in force.

    Confirmed is what a colleague has set by hand, or what a colleague who holds the competence has answered. The learning itself
    runs outside the transaction. What texts mean is read where the language model is installed, and the report says whether it is
    used; ``quick``: of words alone, in seconds, and the worker learns again with their meaning within a minute. Raises
    TooLittleToLearn, and the classifier before it stays in force.
    """
    from samspil.base.encoder import NAME, available
    from samspil.routing.rules.model import dump  # scikit-learn takes a second to import; only who trains pays it
    from samspil.routing.rules.train import ANSWERED, BY_HAND, TAUGHT, Described, Example, TooLittle, examples_of
    from samspil.routing.rules.train import train as learn

    known_by = described()
    active = Competence.objects.filter(active=True).order_by("id")
    competences = [Described(id=c.pk, name=c.name, name_en=c.name_en, description=c.description, words=c.words) for c in active]
    examples = [example for d in competences for example in examples_of(d)]
    given = Question.objects.filter(competence__active=True).order_by("id").values_list("text", "competence")
    examples.extend(Example(text=text, competence=competence, weight=TAUGHT) for text, competence in given)
    rows = sql.run(_CONFIRMED, {"conversations": CONVERSATIONS, "messages": MESSAGES})
    for competence, by_hand, consumer, place, subject, text in rows:
        said = f"{subject}\n{text}" if place == 1 else text
        if place == 1 or len(said) >= SHORTEST:
            examples.append(Example(text=said, competence=competence, weight=BY_HAND if by_hand else ANSWERED, voice=consumer))
    try:
        model, quality = learn(examples, meaning=available() and not quick)
    except TooLittle as error:
        raise TooLittleToLearn("Describe at least two competences first") from error
    body = dump(model)
    with step():
        sql.run("SELECT pg_advisory_xact_lock(hashtext('samspil.routing.train'))")
        Classifier.objects.filter(active=True).update(active=False)
        report = {
            **quality.as_json(),
            "conversations": len({(r[2], r[4]) for r in rows}),
            "questions": len(given),
            "described": known_by,
            "encoder": NAME if model.meaning is not None else "",
            "could_read_meaning": available() and not quick,
        }
        classifier = Classifier.objects.create(
            trained_at=at, examples=len(examples), body=body, signature=sign(PURPOSE, body), report=report, active=True
        )
        kept = Classifier.objects.order_by("-trained_at", "-id").values_list("pk", flat=True)[: BODIES + 1]
        Classifier.objects.exclude(pk__in=list(kept)).exclude(body=b"").update(body=b"")
        publish(ClassifierTrained(classifier=classifier.pk, examples=len(examples)))
        transaction.on_commit(look_again)
    return classifier
