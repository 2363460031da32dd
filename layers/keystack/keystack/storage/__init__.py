"""The only place that names DynamoDB attributes and SSM parameters. One module a table."""
