"""One build for each architecture. `make built-test` runs the end-to-end tests on this machine's afterwards."""

import pytest

from built.build import Built, build
from local.settings import ROOT


@pytest.fixture(scope="session", params=["arm64", "x86_64"])
def built(request: pytest.FixtureRequest) -> Built:
    return build(ROOT / ".aws-sam" / request.param, request.param)
