"""Rights, how far they reach and the roles that are built in, in the reader's language."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import pgettext

from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Reach, Right

WORDS: Mapping[Right, tuple[str, str]] = {
    Right.SEE_EVERYTHING: (later("See the conversations of closed units"), later("Every conversation, whichever unit has it.")),
    Right.JOIN: (later("Join and part people"), later("Say which addresses are one person's, and which are not.")),
    Right.EXPORT: (later("Export people"), later("The people of a segment as a file.")),
    Right.IMPORT: (later("Import people"), later("Take in people and what is known of them from a file.")),
    Right.FORGET: (later("Forget a person"), later("Delete all that is known of somebody, for good.")),
    Right.ATTRIBUTES: (later("Own attributes"), later("What can be known of people.")),
    Right.MATCHING: (later("How people are matched"), later("When two addresses are joined by themselves, and when somebody is asked.")),
    Right.SEGMENTS: (later("Segments of others"), later("Change and remove shared segments that somebody else has made.")),
    Right.LATE: (later("Is told when an answer is late"), later("In the unit that one belongs to.")),
    Right.READY: (later("Ready texts"), later("Write and change them for everybody.")),
    Right.RULES: (later("Rules"), later("What happens by itself, and whether rules may answer.")),
    Right.ASKING: (later("How colleagues are asked"), later("How many are asked at once, and when the next ones are.")),
    Right.SEATS: (later("Where others are reached"), later("Their further addresses, and who they are on other networks.")),
    Right.ASSIST: (later("Language model"), later("Which one, and what it may be asked.")),
    Right.ASSIST_FIGURES: (later("How suggested answers fare"), later("The figures of what was suggested and used.")),
    Right.AUTO: (later("Answers by themselves"), later("Whether a unit has them, which texts, and how sure one must be.")),
    Right.APPROVALS: (later("A yes before sending"), later("When answers of a unit need one; and is asked for it, where the unit asks who leads.")),
    Right.CHECKLISTS: (later("Checklists"), later("Make and change those that are offered.")),
    Right.LEVELS: (later("What others know"), later("Give and confirm their levels and languages.")),
    Right.HOURS: (later("Hours and promises"), later("Opening hours, absences of others, and how soon one answers.")),
    Right.LOAD: (later("See the load"), later("Who waits, how long, and what would help.")),
    Right.SHARING: (later("How work is shared out"), later("Grace, the most a day, and patience.")),
    Right.PULSE: (later("When people are asked how it feels"), later("Whether, when, and with which words.")),
    Right.STRUCTURE: (later("Units and competences"), later("Make, change and close them. What lies below a unit follows from it.")),
    Right.COLLEAGUES: (later("Colleagues"), later("Take in, change and close the access of those who may do no more than oneself.")),
    Right.ARRIVALS: (later("Colleagues from files and directories"), later("SCIM, LDAP and files: they make units and competences too.")),
    Right.ROLES: (later("Roles"), later("Make roles and give them, with no more than one has oneself.")),
    Right.CHANNELS: (later("Channels"), later("Connect and disconnect accounts.")),
    Right.HEALTH: (later("Health"), later("How Samspil is doing. Messages that were not understood are shown raw.")),
}  # fmt: skip
"""What each right is called, and what it is."""
GROUPS: Sequence[tuple[str, tuple[Right, ...]]] = (
    (later("People and conversations"), (
        Right.SEE_EVERYTHING, Right.JOIN, Right.EXPORT, Right.IMPORT, Right.FORGET, Right.ATTRIBUTES, Right.MATCHING, Right.SEGMENTS,
    )),
    (later("The daily work"), (
        Right.LATE, Right.READY, Right.RULES, Right.ASKING, Right.SEATS, Right.ASSIST, Right.ASSIST_FIGURES, Right.AUTO,
        Right.APPROVALS, Right.CHECKLISTS,
    )),
    (later("The organisation"), (
        Right.LEVELS, Right.HOURS, Right.LOAD, Right.SHARING, Right.PULSE, Right.STRUCTURE, Right.COLLEAGUES, Right.ARRIVALS, Right.ROLES,
    )),
    (later("The machine"), (Right.CHANNELS, Right.HEALTH)),
)  # fmt: skip
"""The rights as the page lays them out; a test holds that each stands once."""


def right_words(right: Right) -> str:
    """What a right is called."""
    return _(WORDS[right][0])


def reach_words(reach: Reach) -> str:
    """How far a right reaches."""
    return {
        Reach.NOWHERE: pgettext("reach of a right", "No"),
        Reach.UNIT: _("Own unit"),
        Reach.BELOW: _("And below it"),
        Reach.EVERYWHERE: _("Everywhere"),
    }[reach]


def built_in_words(role: str) -> str:
    """What a built-in role is called."""
    Role = Colleague.Role  # noqa: N806  it is a class
    return {Role.EMPLOYEE.value: _("Colleague"), Role.LEAD.value: _("Lead"), Role.ADMIN.value: _("Administrator")}.get(role, role)


def built_in_hint(role: str) -> str:
    """Who a built-in role is for."""
    Role = Colleague.Role  # noqa: N806
    return {
        Role.EMPLOYEE.value: _("Reads and answers what they may see, as everybody does who is here."),
        Role.LEAD.value: _("Leads a unit: gives levels, sees the load, arranges hours and rules there."),
        Role.ADMIN.value: _("May do everything. There is always one."),
    }.get(role, "")
