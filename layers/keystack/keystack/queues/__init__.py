"""The only room that knows SQS: messages, the client, the queues' URLs."""
