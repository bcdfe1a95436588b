"""What every view of the desk needs: who asks, refusals in words, and what an answer tells the page's scripts."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from samspil.base.errors import SamspilError
from samspil.look import answers
from samspil.look.answers import UNPROCESSABLE, tell
from samspil.organisation.ui.guard import for_colleagues
from samspil.screens.desk.views.words import refusal


def _refused(request: HttpRequest, error: SamspilError) -> HttpResponse | None:
    if request.method != "POST":
        return None
    return tell(HttpResponse(status=UNPROCESSABLE), toast=refusal(error), error=True)


for_colleague = for_colleagues(_refused)
"""A view for somebody who is signed in, with only these methods; what an action refuses is said in a toast (422)."""


def uuids_of(request: HttpRequest, name: str, *, most: int = 200) -> list[UUID]:
    """The ids that a form or address names, several in one value with commas between; each once, in order."""
    values = request.POST.getlist(name) if request.method == "POST" else request.GET.getlist(name)
    return answers.uuids_of(values, most=most)
