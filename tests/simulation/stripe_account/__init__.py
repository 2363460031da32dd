"""One vendor's Stripe account: objects with their state, what happens to them, and the events that tell it.

| module    | what it knows                                                                     |
|-----------|-----------------------------------------------------------------------------------|
| objects   | what an account holds                                                             |
| shapes    | how Stripe writes it as JSON, in events and in the API's answers                  |
| account   | one account: ids, events, what the API answers                                    |
| checkout  | buying and paying: at once, later, captured, failed and retried, released         |
| renewals  | invoices of a subscription: paid, failed, given up                                |
| changes   | what a customer or the vendor changes: items, pauses, the end                     |
| money     | refunds and disputes                                                              |

A function of these tells what Stripe sends: the event that it is about first, then those that come with it.
"""
