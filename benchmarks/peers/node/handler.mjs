// The same webhook for Node: Stripe and two clients of the AWS SDK, bundled by esbuild.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_usual");
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});
const QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/purchases";

export const handler = async (event) => {
  const signed = stripe.webhooks.constructEvent(event.body, event.headers["stripe-signature"], "whsec_usual");
  const { id } = signed.data.object;
  await dynamodb.send(new PutItemCommand({ TableName: "purchases", Item: { id: { S: id } } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: id }));
  return { statusCode: 200 };
};
