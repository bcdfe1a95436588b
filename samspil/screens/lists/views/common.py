"""What every view here needs: who asks, refusals in words, and what an answer tells the page's scripts."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from samspil.base.errors import SamspilError
from samspil.look.answers import UNPROCESSABLE, is_part, tell
from samspil.organisation.ui.guard import for_colleagues


def refusal(error: SamspilError) -> str:
    """Why an action was refused, in words."""
    return {
        "checklist.no_name": _("Give the checklist a name."),
        "checklist.no_steps": _("Write at least one step."),
        "checklist.leads_nowhere": _("“%(link)s” is no link. Begin it with https:// or /.") % {"link": error},
        "checklist.nothing_written": _("Write what is to be done."),
        "checklist.too_many": _("A list has at most 60 steps."),
        "checklist.no_word": _("Write why you skip it."),
        "checklist.not_open": _("%(name)s has dealt with that step already.") % {"name": error},
        "checklist.not_free": _("The order of this list is its template's."),
        "checklist.cannot_see": _("%(name)s cannot open this conversation.") % {"name": error},
        "conversation.not_here": _("That colleague is not here any more."),
        "handover.nothing_chosen": _("Choose what you hand over."),
        "handover.nowhere_named": _("Choose who takes over."),
        "samspil.not_allowed": _("That is not yours to do."),
    }.get(error.code, str(error))


def _refused(request: HttpRequest, error: SamspilError) -> HttpResponse | None:
    if request.method != "POST" or not is_part(request):
        return None
    return tell(HttpResponse(status=UNPROCESSABLE, headers={"HX-Reswap": "none"}), toast=refusal(error), error=True)


for_colleague = for_colleagues(_refused)
"""A view for somebody who is signed in; what an action refuses is said in a toast (422) where a script asked, what is hidden is 404."""
