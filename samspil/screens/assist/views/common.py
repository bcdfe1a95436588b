"""What the pages of suggestions share: refusals in words."""

from django.utils.translation import gettext as _

from samspil.assist.actions import Failed
from samspil.base.errors import SamspilError


def trouble(error: SamspilError) -> str:
    """What is wrong with the endpoint, in the reader's language."""
    why = error.why if isinstance(error, Failed) else error.code
    return {
        "unreachable": _("The server does not answer at that address."),
        "slow": _("The server was too slow. Wait longer, or ask a smaller model."),
        "key": _("The server does not take the key."),
        "model": _("The server has no such address or model."),
        "busy": _("The server has too much to do just now. Try again in a while."),
        "refused": _("The server refused the question."),
        "too_long": _("The conversation is too long for the model."),
        "trouble": _("The server is in trouble."),
        "nonsense": _("What came is no answer of a language model. Is the address right?"),
        "empty": _("The model answered with nothing."),
        "assist.not_for_this": _("This is not allowed here."),
    }.get(why, str(error))
