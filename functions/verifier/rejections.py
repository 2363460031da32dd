"""Counts and logs requests that are not Stripe's, and puts them on record (Deliveries) once a minute."""

import time
from typing import TYPE_CHECKING

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from keystack.domain.slugs import is_slug
from keystack.errors import KeystackError
from keystack.logs import logger
from keystack.storage.deliveries import deliveries
from keystack.storage.mappings import existence
from time_left import require_time

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NO_ORGANIZATION = "there is no such organization"
# For all organizations together, so that a flood of requests without signatures costs next to nothing.
SECONDS_BETWEEN_LOOK_UPS = 1

metrics = Metrics()
_shown: dict[str, int] = {}  # organization → the minute whose rejections it has on record
_looked_up_at = float("-inf")


def reject(org: str, reason: str, source_ip: str, context: "LambdaContext") -> None:
    """Put a rejection on record. A failure to do so is logged only: Stripe should not send such a request again."""
    metrics.add_metric("SignaturesRejected", MetricUnit.Count, 1)
    logger.warning("rejected", org=org[:40], reason=reason, source_ip=source_ip)
    now = int(time.time())
    if not is_slug(org) or _shown.get(org) == now // 60:
        return
    try:
        require_time(context)
        if _exists(org):
            require_time(context)
            _shown[org] = now // 60
            deliveries.count_rejected(org, reason, now)
    except KeystackError as error:
        logger.warning("the rejection could not be put on record", reason=str(error))


def forget_all() -> None:
    global _looked_up_at
    _shown.clear()
    _looked_up_at = float("-inf")


def _exists(org: str) -> bool:
    """Look up an organization that is not known yet. One that is not looked up has no rejections on record."""
    global _looked_up_at
    known, now = existence.remembered(org), time.monotonic()
    if known is None and now - _looked_up_at >= SECONDS_BETWEEN_LOOK_UPS:
        _looked_up_at = now
        known = existence.exists(org)
    return bool(known)
