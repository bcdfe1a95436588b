"""The new part: only lines left out, never all of them, and the mail programs of the north known."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from samspil.channels.mail.quotes import visible
from samspil.channels.mail.quotes_html import visible_html

PIECES = """Hej Anne

> citat
>> ældre
Den 24. nov. 2025 kl. 10.00 skrev Anne <anne@example.com>:
On 24 Nov 2025 at 10:00, A <a@b.example> wrote:
Fra: Anne <anne@example.com>
Sendt: 24. november 2025 09:30
Til: Karla
Emne: Hej
-----Original Message-----
--
________________
Sent from my iPhone
Disclaimer
Begin forwarded message:
wrote:
>:
<a@b.example
> wrote:
https://lists.example/x
Am Mo., 1. Jan.""".split("\n")
texts = st.one_of(
    st.text(max_size=300), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=25).map("\n".join)
)


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(any(line == other for other in rest) for line in part)


@settings(max_examples=400, deadline=None)
@given(texts)
@example("\n".join(PIECES))
def test_lines_are_only_left_out_and_something_is_always_left(text: str) -> None:
    found = visible(text)
    whole = [line.strip() for line in text.strip().split("\n")]
    assert is_subsequence([line.strip() for line in found.split("\n")], whole)
    assert bool(found) == bool(text.strip())
    assert len(visible(found)) <= len(found)


HEADERS = {
    "da": "Fra: Anne <anne@example.com>\nSendt: 24. november 2025 09:30\nTil: Karla\nEmne: Pakken",
    "nb": "Fra: Anne <anne@example.com>\nSendt: mandag 24. november 2025 09:30\nTil: Karla\nEmne: Pakken",
    "sv": "Från: Anne <anne@example.com>\nSkickat: den 24 november 2025 09:30\nTill: Karla\nÄmne: Paketet",
    "de": "Von: Anne <anne@example.com>\nGesendet: Montag, 24. November 2025 09:30\nAn: Karla\nBetreff: Paket",
    "en": "From: Anne <anne@example.com>\nSent: Monday, November 24, 2025 9:30 AM\nTo: Karla\nSubject: The parcel",
    "bold": "*Fra:* Anne <anne@example.com>\n*Sendt:* 24. november 2025 09:30\n*Til:* Karla\n*Emne:* Pakken",
}
ATTRIBUTIONS = [
    "Den 24. nov. 2025 kl. 10.00 skrev Anne <anne@example.com>:",
    "Den man. 24. nov. 2025 kl. 10.00 skrev Anne Sørensen Med Et Langt Navn <\nanne@example.com>:",
    "Den man. 24. nov. 2025 kl. 10.00 skrev Anne <anne@example.com\n>:",
    "Den mandag den 24. november 2025 kl. 10.00.00 CET skrev Anne <anne@example.com>:",
    "Anne <anne@example.com> skrev den 24. nov. 2025 kl. 10.00:",
    "On Mon, Nov 24, 2025 at 10:00 AM Anne <anne@example.com> wrote:",
    "On Mon, Nov 24, 2025 at 10:00\u202fAM Anne <anne@example.com\n> wrote:",
    "Am Mo., 24. Nov. 2025 um 10:00 Uhr schrieb Anne <anne@example.com>:",
    "man. 24. nov. 2025 kl. 10:00 skrev Anne <anne@example.com>:",
    "På man. 24. nov. 2025 kl. 10:00 skrev Anne <anne@example.com>:",
    "Den mån 24 nov. 2025 kl 10:00 skrev Anne <anne@example.com>:",
]


@pytest.mark.parametrize("block", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("above", ["", "________________________________\n", "-----Oprindelig meddelelse-----\n"])
def test_what_stands_under_copied_headers_is_old(block: str, above: str) -> None:
    assert (
        visible(f"Det er fint.\n\nHilsen\nKarla\n\n{above}{block}\n\nHej Karla\n\nPasser tirsdag?\n")
        == "Det er fint.\n\nHilsen\nKarla"
    )


@pytest.mark.parametrize("line", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_what_stands_under_an_attribution_is_old(line: str, mark: str) -> None:
    assert visible(f"Ja tak.\n\n{line}\n\n{mark}Passer tirsdag?\n{mark}Hilsen Anne\n") == "Ja tak."


@pytest.mark.parametrize("line", ["Anne Sørensen wrote:", "Anne skrev:", "* Anne <anne@example.com> writes:"])
def test_with_quoted_lines_below_a_name_and_a_verb_are_enough(line: str) -> None:
    assert visible(f"{line}\n> Passer tirsdag?\n\nJa tak.\n") == "Ja tak."
    assert visible(f"{line}\nPasser tirsdag?\n\nJa tak.\n") == f"{line}\nPasser tirsdag?\n\nJa tak."


@pytest.mark.parametrize(
    "text",
    [
        "Jeg ringede den 3. maj, og han skrev:\nI hører fra os.",
        "Fra: København\nTil: Aarhus\nDato: 3. maj",
        "On your remote host you can run:\n\n  telnet 127.0.0.1\n\nIt works.",
        "Prisen er 100 kr. -- eller var det 200?",
        "Sent from my desk, it is easier than my telephone.",
        "Hej\n\nDen 24. nov. 2025 kom pakken:\nden var tom.",
        "> alt er citeret\n> her",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert visible(text) == text


def test_answers_between_quotes_keep_their_questions() -> None:
    text = "> Farve?\n\nBlå.\n\n> Størrelse?\n\nStor.\n\n> Hilsen Anne"
    assert visible(text) == "> Farve?\n\nBlå.\n\n> Størrelse?\n\nStor."


def test_a_forwarded_mail_is_what_there_is_to_read() -> None:
    text = "Er den rigtig?\n\nFra: El <el@example.com>\nSendt: i går\nTil: mig\nEmne: Regning\n\nDu skylder 100 kr."
    assert visible(text, forwarded=True) == text
    assert visible(text) == "Er den rigtig?"


def test_a_million_lines_take_a_moment_only() -> None:
    text = "x\n" * 500_000 + "> y\n" * 500_000
    assert visible(text) == text.strip()


OUTLOOK = '<p>Ja tak.</p><hr><div id="divRplyFwdMsg"><b>Fra:</b> Anne</div><div>Passer tirsdag?</div>'
GMAIL = (
    '<div>Ja tak.</div><div class="gmail_quote"><div class="gmail_attr">Den 24. skrev Anne:</div>'
    '<blockquote class="gmail_quote">Passer?</blockquote></div>'
)
YAHOO = '<div>Ja tak.</div><div id="x" class="yahoo_quoted"><div>Den mandag skrev Anne:</div><div>Passer?</div></div>'
THUNDERBIRD = (
    '<div class="moz-cite-prefix">Den 24.11.2025 skrev Anne:</div><blockquote type="cite">Passer?</blockquote><p>Ja tak.</p>'
)
APPLE = '<div>Ja tak.<br><blockquote type="cite"><div>Den 24. nov. 2025 kl. 10.00 skrev Anne:</div>Passer?</blockquote></div>'
DIVIDER = '<div>Ja tak.</div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Anne</p></div><p>Passer?</p>'


@pytest.mark.parametrize("html", [OUTLOOK, GMAIL, YAHOO, THUNDERBIRD, APPLE, DIVIDER])
def test_what_mail_programs_mark_as_quoted_goes(html: str) -> None:
    kept, text = visible_html(html)
    assert text == "Ja tak."
    assert "Passer" not in kept


def test_html_that_is_nothing_but_a_quote_stays() -> None:
    html = '<blockquote type="cite">Passer?</blockquote>'
    assert visible_html(html) == (html, "Passer?")
