"""The environment of a function, read once at import; a missing variable fails at start with its name."""

import logging
import os

from keystack.errors import InvalidInputError

# At DEBUG these write requests and answers whole: secrets, keys and payloads.
for _talkative in ("boto3", "botocore", "urllib3", "stripe", "aws_lambda_powertools"):
    logging.getLogger(_talkative).setLevel(logging.INFO)


def required(*names: str) -> None:
    """Fail with a sentence when the template did not pass what the function needs."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise InvalidInputError(f"the environment variable {missing[0]} is not set: pass it in template.yaml")
