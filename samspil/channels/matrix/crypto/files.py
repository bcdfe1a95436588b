"""Files of encrypted rooms: AES-256 in counter mode, and a digest of what lies on the network. Source: spec.matrix.org, EncryptedFile."""

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from samspil.channels.matrix.crypto.signing import decoded, unpadded
from samspil.kit.reading import part

KEY_BYTES, IV_BYTES = 32, 16


def opened(file: Mapping[str, Any], sealed: bytes) -> bytes | None:
    """The bytes of a file; None when they are not those that its sender put up, or it says nothing that can be used."""
    key = part(file, "key")
    if file.get("v") != "v2" or key.get("alg") != "A256CTR" or key.get("kty") != "oct":
        return None
    try:
        secret, counter = decoded(key.get("k"), url=True), decoded(file.get("iv"))
        wanted = decoded(part(file, "hashes").get("sha256"))
    except ValueError:
        return None
    if len(secret) != KEY_BYTES or len(counter) != IV_BYTES or not hmac.compare_digest(hashlib.sha256(sealed).digest(), wanted):
        return None
    made = Cipher(AES(secret), CTR(counter)).decryptor()
    return made.update(sealed) + made.finalize()


class Sealing:
    """A file being encrypted piece by piece; :meth:`described` is known when all pieces were taken."""

    def __init__(self) -> None:
        self._secret, self._counter = os.urandom(KEY_BYTES), os.urandom(IV_BYTES // 2) + bytes(IV_BYTES // 2)
        self._digest = hashlib.sha256()

    def pieces(self, plain: Iterable[bytes]) -> Iterator[bytes]:
        """What is put up; when it has to be put up again it is made again, and is the same."""
        made, self._digest = Cipher(AES(self._secret), CTR(self._counter)).encryptor(), hashlib.sha256()
        for piece in plain:
            sealed = made.update(piece)
            self._digest.update(sealed)
            yield sealed

    def described(self, url: str) -> dict[str, Any]:
        """What stands of the file in the message."""
        key = {"kty": "oct", "alg": "A256CTR", "ext": True, "key_ops": ["encrypt", "decrypt"]}
        return {
            "v": "v2",
            "url": url,
            "key": key | {"k": unpadded(self._secret, url=True)},
            "iv": unpadded(self._counter),
            "hashes": {"sha256": unpadded(self._digest.digest())},
        }
