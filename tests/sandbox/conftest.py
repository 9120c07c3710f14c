from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import Sandbox, make_server
from tests.sandbox.merchant import Merchant


@pytest.fixture(scope="session")
def merchant_key() -> rsa.RSAPrivateKey:
    """A throwaway key made for this run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with make_server("127.0.0.1", 0, tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """A sandbox of Hacienda on a free port, without documents, faults or log; its emitters stay."""
    running_sandbox.clock.offset = timedelta(0)
    with requests.Session() as http:
        for path in ("state", "faults", "received"):
            assert http.delete(f"{running_sandbox.url}/_sandbox/{path}", timeout=5).status_code == 204
    return running_sandbox


@pytest.fixture
def merchant(sandbox: Sandbox, merchant_key: rsa.RSAPrivateKey) -> Merchant:
    """A merchant registered in the sandbox."""
    made = Merchant(sandbox, merchant_key)
    assert made.register().status_code == 201
    return made
