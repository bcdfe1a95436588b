"""Whether a webhook is the shop's: both sign the raw body with HMAC-SHA256, in base64. Pure.

https://shopify.dev/docs/apps/build/webhooks/subscribe/https and https://developer.woocommerce.com/docs/apis/rest-api/webhooks
"""

import hmac
from base64 import b64encode
from hashlib import sha256

from samspil.kit import Forged, Request

SHOPIFY, WOOCOMMERCE = "x-shopify-hmac-sha256", "x-wc-webhook-signature"


def check(request: Request, secret: str) -> str:
    """The header by which it was signed, which tells the kind of shop. Raises Forged."""
    for name in (SHOPIFY, WOOCOMMERCE):
        given = request.headers.get(name, "")
        if given:
            if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), signed(request.body, secret).encode()):
                raise Forged("the signature is wrong")
            return name
    raise Forged("there is no signature")


def signed(body: bytes, secret: str) -> str:
    """The signature of a body."""
    return b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
