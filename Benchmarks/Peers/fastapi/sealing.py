"""Encryption of stored documents."""

import hmac
import os
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MASTER_KEY_SIZE = 32
NONCE_SIZE = 12


class Sealer(Protocol):
    """Turns documents into what is stored. The context names the record, so that a stored document cannot be moved to
    another record."""

    def seal(self, document: bytes, tenant: str, context: str) -> bytes: ...

    def open(self, stored: bytes, tenant: str, context: str) -> bytes: ...


class PlainText:
    """Stores documents as they are."""

    def seal(self, document: bytes, tenant: str, context: str) -> bytes:
        return document

    def open(self, stored: bytes, tenant: str, context: str) -> bytes:
        return stored


class TenantKeys:
    """Encrypts documents with AES-256-GCM under a key of their tenant, which is derived from the master key."""

    def __init__(self, master_key: bytes) -> None:
        self._key = cache(lambda tenant: AESGCM(hmac.digest(master_key, tenant.encode(), "sha256")))

    def seal(self, document: bytes, tenant: str, context: str) -> bytes:
        """Returns a random nonce and the ciphertext with its tag."""
        nonce = os.urandom(NONCE_SIZE)
        return nonce + self._key(tenant).encrypt(nonce, document, context.encode())

    def open(self, stored: bytes, tenant: str, context: str) -> bytes:
        return self._key(tenant).decrypt(stored[:NONCE_SIZE], stored[NONCE_SIZE:], context.encode())


def create_master_key(path: Path) -> None:
    """Creates the key file at the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(os.urandom(MASTER_KEY_SIZE))
