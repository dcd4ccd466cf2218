"""A pharmacy API on FastAPI, uvicorn and SQLite, to compare the product with. The README explains the settings."""

import os
import secrets
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from settings import Settings
from store import create_database
from tokens import TokenSigner

WORKERS = 2
BACKLOG = 2048


def main() -> None:
    # The workers inherit the environment.
    os.environ["SIGNING_KEY"] = secrets.token_hex(32)
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        sys.exit(str(error))
    create_database(settings)

    config = uvicorn.Config(
        "api:create_app",
        factory=True,
        host="127.0.0.1",
        port=settings.port,
        workers=WORKERS,
        backlog=BACKLOG,
        log_level="warning",
        access_log=False,
    )
    listener = config.bind_socket()
    # Connections wait until the workers accept them.
    listener.listen(BACKLOG)
    print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    if settings.equal:
        print(f"Token {TokenSigner(settings.signing_key).sign(settings.tenant)}", flush=True)
    Multiprocess(config, sockets=[listener]).run()


if __name__ == "__main__":
    main()
