"""The pictures of a review (https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews#ReviewMediaItem).

Google tells where each lies at its own stores, which are open to everybody: of a film, too, a picture is told.
"""

from samspil.channels.google_reviews.settings import server_of
from samspil.channels.google_reviews.understand import HOSTS, pictures_in
from samspil.kit import Account, Envelope, Unreachable
from samspil.kit.files import load


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one; ``part`` is its place in the review. Raises TryLater, Unreachable."""
    url = pictures_in(envelope, server_of(account)).get(part, "")
    if not url:
        raise Unreachable("There is no such picture in it")
    return load(url, hosts=HOSTS, server=server_of(account), kinds=("image/*",)).body
