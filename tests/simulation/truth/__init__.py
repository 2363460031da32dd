"""What each license must be, judged from Stripe's objects and from what people decided. Calls nothing of keystack.

| module        | what it judges                                                             |
|---------------|----------------------------------------------------------------------------|
| people        | what people decided, and what the organization wants                       |
| money         | which payments were given back or taken away, and whom that concerns       |
| subscriptions | until when a subscription was paid, how it ends, whether it is held        |
| licenses      | which licenses there are, what each grants, its status and its end         |

Source: the design's "Which event does what", and Stripe's documentation of its objects.
"""
