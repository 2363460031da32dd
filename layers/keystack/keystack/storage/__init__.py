"""The only room that names DynamoDB attributes and SSM parameters. One package for a table."""
