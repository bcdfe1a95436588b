"""The settings that every account at Meta has."""

from collections.abc import Sequence

from samspil.kit import Account, Field

HOME = "https://graph.facebook.com"
VERSION = "v23.0"


def fields(*own: Field, token_help: dict[str, str], home: str = HOME) -> Sequence[Field]:
    """The channel's own fields, and those of all channels of Meta."""
    return (
        *own,
        Field(name="access_token", label={"da": "Adgangstoken", "en": "Access token"}, kind="secret", help=token_help),
        Field(
            name="app_id",
            label={"da": "App-id", "en": "App ID"},
            help={"da": "Fra appens forside hos Meta.", "en": "From the front page of the app at Meta."},
        ),
        Field(
            name="app_secret",
            label={"da": "App-hemmelighed", "en": "App secret"},
            kind="secret",
            help={
                "da": "App settings, Basic. Med den prøves, at en besked er fra Meta.",
                "en": "App settings, Basic. It proves that a message is Meta's.",
            },
        ),
        Field(
            name="verify_token",
            label={"da": "Verify token", "en": "Verify token"},
            kind="secret",
            help={
                "da": "Find selv på et langt ord, og skriv det samme sted hos Meta som adressen.",
                "en": "Make up a long word, and write it at Meta beside the address.",
            },
        ),
        Field(
            name="version",
            label={"da": "Graph-version", "en": "Graph version"},
            required=False,
            default=VERSION,
            help={"da": "Kun hvis Meta lukker denne.", "en": "Only when Meta closes this one."},
        ),
        Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=home),
    )


def said(account: Account, name: str) -> str:
    """A setting as plain text, "" when it is not there."""
    return str(account.config.get(name) or "").strip()
