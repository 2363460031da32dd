"""The roots that KeyStack trusts for AWS's hosts are those that the package certifi has of Amazon Trust Services."""

import runpy
import ssl
import time
from typing import Any

import certifi
import pytest
from keystack.aws import connections

STARFIELD = "Starfield Services Root Certificate Authority - G2"  # Amazon's own; it has signed the others, too


def roots(path: str) -> dict[str, Any]:
    """Read a file of certificates: name → what Python tells of it."""
    found: Any = ssl.create_default_context(cafile=path).get_ca_certs()
    return {dict(part for [part] in each["subject"]).get("commonName", ""): each for each in found}


def test_they_are_all_that_certifi_has_of_amazon_and_no_other() -> None:
    ours, all_roots = roots(connections._AMAZON_ROOTS), roots(certifi.where())
    amazons = {name: root for name, root in all_roots.items() if "Amazon" in str(root["subject"]) or name == STARFIELD}
    assert set(ours) == {*(f"Amazon Root CA {number}" for number in range(1, 5)), STARFIELD}
    assert ours == amazons


def test_a_host_must_prove_its_name_by_them_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())  # what OpenSSL takes for the system's
    fresh = runpy.run_path(connections.__file__)["_tls"]
    assert (fresh.verify_mode, fresh.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(fresh.get_ca_certs()) == len(roots(connections._AMAZON_ROOTS))


def test_none_ends_within_a_year() -> None:
    ends = [ssl.cert_time_to_seconds(root["notAfter"]) for root in roots(connections._AMAZON_ROOTS).values()]
    assert min(ends) > time.time() + 365 * 86_400
