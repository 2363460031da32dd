"""What template.yaml passes to the functions, as the tests have it. Import it before any handler."""

import os

os.environ.update(
    STAGE="test",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    LICENSES_TABLE="LicensesTable",
    MAPPINGS_TABLE="MappingsTable",
    AUDIT_TABLE="AuditTable",
    DELIVERIES_TABLE="DeliveriesTable",
    ISSUE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/IssueQueue",
    FREEZE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/FreezeQueue",
    EXPIRE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/ExpireQueue",
    MAIL_TRANSPORT="smtp",
    MAIL_FROM="licenses@example.com",
    POWERTOOLS_SERVICE_NAME="keystack-test",
    POWERTOOLS_METRICS_NAMESPACE="KeyStack",
)
