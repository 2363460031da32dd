"""The logger of every function: a JSON object a line, times in RFC 3339.

Lambda gives a line whose time it cannot read the level INFO. Source: AWS Lambda Developer Guide, "Log-level filtering".
"""

import logging
import os

from aws_lambda_powertools import Logger

# Lambda lets every line pass (template.yaml) and says so here, where Powertools would take it for the level to log at.
os.environ.pop("AWS_LAMBDA_LOG_LEVEL", None)
logger = Logger(use_rfc3339=True)  # at POWERTOOLS_LOG_LEVEL


def configure_logging() -> None:
    """Let libraries log at the function's level, but never below INFO. Every function calls this at its start.

    At DEBUG the libraries named here write requests and answers whole, with secrets, keys and payloads.
    """
    logging.getLogger().setLevel(logger.log_level)
    for name in ("urllib3", "stripe", "aws_lambda_powertools"):
        logging.getLogger(name).setLevel(max(logging.INFO, logger.log_level))
