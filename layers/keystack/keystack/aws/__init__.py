"""Calls to AWS over the standard library's HTTPS, signed here. This room knows no service.

Everywhere else a library does such work for us. Here it would make the customer wait: importing boto3 and making one
client takes longer than all of the verifier's other imports together (docs/performance.md). What KeyStack needs of it
is small: a JSON body by POST, a signature, two timeouts, and a few attempts.

Of the SDK's settings it follows the role's keys, the region and AWS_ENDPOINT_URL: no profile, proxy or CA bundle.
"""
