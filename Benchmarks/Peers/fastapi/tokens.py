"""Bearer tokens: opaque ones in the bare variant, JSON Web Tokens in the equal one."""

import hashlib
import time
from typing import Protocol

import jwt

TOKEN_LIFETIME = 24 * 3600  # seconds
VERIFICATION_LIFETIME = 0.9  # seconds for which a verified token is trusted without checking its signature again
VERIFICATION_LIMIT = 10_000  # tokens in the cache, all of them valid


class Authenticator(Protocol):
    def authenticate(self, token: str) -> str | None:
        """Returns the tenant that the token belongs to."""


class TokenDigests:
    """Maps the SHA-256 digests of opaque tokens to their tenants."""

    def __init__(self, token: str, tenant: str) -> None:
        self._tenants = {hashlib.sha256(token.encode()).digest(): tenant}

    def authenticate(self, token: str) -> str | None:
        return self._tenants.get(hashlib.sha256(token.encode()).digest())


class TokenSigner:
    """Signs and verifies JSON Web Tokens with HMAC-SHA256."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._verified: dict[bytes, tuple[str, float]] = {}

    def sign(self, tenant: str) -> str:
        now = int(time.time())
        return jwt.encode({"tenant": tenant, "iat": now, "exp": now + TOKEN_LIFETIME}, self._key, algorithm="HS256")

    def authenticate(self, token: str) -> str | None:
        digest = hashlib.sha256(token.encode()).digest()
        now = time.time()
        tenant, until = self._verified.get(digest, (None, 0))
        if now < until:
            return tenant
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"], options={"require": ["exp", "tenant"]})
        except jwt.InvalidTokenError:
            return None
        if len(self._verified) >= VERIFICATION_LIMIT:
            self._verified.clear()
        self._verified[digest] = (claims["tenant"], min(now + VERIFICATION_LIFETIME, claims["exp"]))
        return claims["tenant"]
