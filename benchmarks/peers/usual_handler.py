"""A Stripe webhook as it is usually written for Lambda: the SDKs, a pydantic model, Powertools."""

from typing import Any

import boto3
import stripe
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel


class Purchase(BaseModel):
    """What is kept of a checkout session."""

    id: str
    customer: str
    amount_total: int
    metadata: dict[str, str] = {}


logger = Logger(service="usual")
metrics = Metrics(namespace="Usual", service="usual")
sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Check the signature, store the purchase, send a message."""
    signed = stripe.Webhook.construct_event(event["body"], event["headers"]["stripe-signature"], "whsec_usual")
    purchase = Purchase.model_validate(signed["data"]["object"])
    dynamodb.put_item(TableName="purchases", Item={"id": {"S": purchase.id}})
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/purchases", MessageBody=purchase.id)
    metrics.add_metric("Purchases", MetricUnit.Count, 1)
    return {"statusCode": 200}
