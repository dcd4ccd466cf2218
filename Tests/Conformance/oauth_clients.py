"""Obtains, refreshes, uses, verifies and revokes tokens with unmodified OAuth 2.0 clients.

Reads the fixtures from the file CONFORMANCE_FIXTURES. Exits with a status other than 0, and prints the client's error,
if a client fails.
"""

import json
import os

# The server under test uses plain HTTP on loopback. Without these variables, the clients require https.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests  # noqa: E402
from authlib.integrations.base_client.errors import OAuthError  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, InvalidGrantError  # noqa: E402
from requests.auth import HTTPBasicAuth  # noqa: E402
from requests_oauthlib import OAuth2Session  # noqa: E402

with open(os.environ["CONFORMANCE_FIXTURES"], encoding="utf-8") as file:
    FIXTURES = json.load(file)

BASE = f"{FIXTURES['origin']}/pharmacy/sandbox/api/v1"
TOKEN_URL = f"{BASE}/auth/token"
CLIENT_ID = FIXTURES["login_client_id"]
CLIENT_SECRET = FIXTURES["login_client_secret"]


def check(condition, what):
    if not condition:
        raise SystemExit(f"oauth_clients: {what}")


def expect(error, call, what):
    try:
        call()
    except error:
        return
    raise SystemExit(f"oauth_clients: {what}")


def check_token(token, what):
    check(token["token_type"] == "Bearer", f"{what}: the token type is not Bearer")
    check(token["expires_in"] == 2592000, f"{what}: expires_in is not 2592000")
    check(token["refresh_token"].startswith("up_refresh_"), f"{what}: the refresh token has the wrong prefix")


def requests_oauthlib(**login):
    session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))
    token = session.fetch_token(TOKEN_URL, **login)
    check_token(token, "requests-oauthlib")
    check(session.get(f"{BASE}/patients").status_code == 200, "requests-oauthlib: the token is not accepted")
    # Refreshes on both paths, each time with the newest refresh token.
    for url in (TOKEN_URL, f"{BASE}/auth/refresh"):
        old = session.token["refresh_token"]
        fresh = session.refresh_token(url, refresh_token=old)
        check_token(fresh, "requests-oauthlib, refreshed")
        check(fresh["refresh_token"] != old, "requests-oauthlib: the refresh token was not rotated")
    check(session.get(f"{BASE}/patients").status_code == 200, "requests-oauthlib: the fresh token is not accepted")
    expect(
        InvalidGrantError,
        lambda: session.refresh_token(TOKEN_URL, refresh_token=old),
        "requests-oauthlib: a used refresh token was accepted",
    )
    check(session.get(f"{BASE}/patients").status_code == 401, "requests-oauthlib: reuse did not revoke the family")


def authlib(method):
    session = AuthlibSession(CLIENT_ID, CLIENT_SECRET, token_endpoint_auth_method=method)
    check_token(session.fetch_token(TOKEN_URL, grant_type="client_credentials"), f"Authlib, {method}")
    check(session.get(f"{BASE}/patients").status_code == 200, f"Authlib, {method}: the token is not accepted")
    check_token(session.refresh_token(TOKEN_URL), f"Authlib, {method}, refreshed")
    revoked = session.revoke_token(f"{BASE}/auth/revoke", token=session.token["refresh_token"])
    check(revoked.status_code == 200, f"Authlib, {method}: the revocation failed")
    check(session.get(f"{BASE}/patients").status_code == 401, f"Authlib, {method}: the token outlived its revocation")


def discovery():
    """Configures a client by the metadata alone, and verifies its token with the published keys."""
    place = f"{FIXTURES['origin']}/.well-known/oauth-authorization-server/pharmacy/sandbox/api/v1"
    response = requests.get(place, timeout=30)
    check(response.status_code == 200, "the metadata was not found")
    metadata = response.json()
    issuer = metadata["issuer"]
    check(issuer.endswith("/pharmacy/sandbox/api/v1"), "the issuer is not the base URL")
    check(metadata["token_endpoint"] == f"{issuer}/auth/token", "the token endpoint is not the issuer's")
    for method in metadata["token_endpoint_auth_methods_supported"]:
        session = AuthlibSession(CLIENT_ID, CLIENT_SECRET, token_endpoint_auth_method=method)
        token = session.fetch_token(metadata["token_endpoint"], grant_type=metadata["grant_types_supported"][0])
        check_token(token, f"metadata, {method}")
        check(
            set(token["scope"].split()) <= set(metadata["scopes_supported"]), "the token has a scope that is not listed"
        )
        keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
        claims = jwt.decode(token["access_token"], keys, algorithms=["EdDSA"]).claims
        expected = {name: {"essential": True, "value": value} for name, value in (("iss", issuer), ("aud", "sandbox"))}
        jwt.JWTClaimsRegistry(**expected).validate(claims)
        revoked = session.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"])
        check(revoked.status_code == 200, f"metadata, {method}: the revocation failed")


requests_oauthlib(auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))
requests_oauthlib(client_secret=CLIENT_SECRET, include_client_id=True)
discovery()
for authentication in ("client_secret_basic", "client_secret_post"):
    authlib(authentication)

expect(
    InvalidClientError,
    lambda: OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID)).fetch_token(
        TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, "wrong")
    ),
    "requests-oauthlib: a wrong secret was accepted",
)
expect(
    OAuthError,
    lambda: AuthlibSession(CLIENT_ID, "wrong").fetch_token(TOKEN_URL, grant_type="client_credentials"),
    "Authlib: a wrong secret was accepted",
)
print("OAuth 2.0 clients: requests-oauthlib and Authlib obtained, refreshed, used, verified and revoked tokens")
