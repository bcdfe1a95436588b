"""One question, five faces, a few words: for whoever has the link that we sent. Opening it says nothing yet."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from samspil.base.clock import now
from samspil.organisation.queries import organisation
from samspil.pulse.actions import Closed, say
from samspil.pulse.queries import SCORES, SIGNS, asked_at, newest

LONGEST = 2000


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, ident: UUID, mark: str) -> HttpResponse:
    """The question's page: press a face, and say more if one likes. Not found for a mark that is not ours."""
    asked = asked_at(ident, mark)
    if asked is None:
        raise Http404
    closed = now() >= asked.open_until
    if request.method == "POST" and not closed:
        score = request.POST.get("score", "")
        if score in {str(one) for one in SIGNS}:
            try:
                say(asked=asked.pk, score=int(score), words=request.POST.get("words", "")[:LONGEST].strip(), at=now())
            except Closed:
                closed = True
            else:
                return HttpResponseRedirect(request.path)
    said, words = newest(asked.pk)
    here = organisation()
    with override("da" if asked.conversation.account.language == "da" else "en"):
        context = {
            "brand": here.name if here else "",
            "faces": [{"score": score, "sign": sign, "word": SCORES[score]} for score, sign in SIGNS.items()],
            "said": said,
            "words": words,
            "closed": closed,
            "who": asked.colleague.name.split(" ")[0] if asked.colleague else "",
            "longest": LONGEST,
        }
        return render(request, "pulse/page.html", context, status=410 if closed and request.method == "POST" else 200)
