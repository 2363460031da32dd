"""The proof: the real handlers in a made-up world, where everything goes wrong, and every history must converge.

A history is a few verbs, then the oracle:

    world = SimulatedWorld()
    purchase = world.buy("price_pro_monthly")
    world.post(world.refund(purchase))       # the refund comes first
    world.post(world.completed(purchase))
    world.settle()                           # queues run dry, faults end, what failed is replayed
    check(world)                             # I1 to I10

| module      | one part of the world                                                       |
|-------------|-----------------------------------------------------------------------------|
| clock       | time, which passes when somebody waits                                      |
| calls       | every call to the outside: where faults strike and others get their turn    |
| processes   | several handlers at once, one call at a time, in an order that is chosen    |
| tables      | DynamoDB: tables, conditions, transactions, indexes (expressions reads them) |
| queues      | SQS: visibility, redelivery, dead letters                                   |
| prices      | what the vendor sells, and the licenses that it grants for it               |
| stripe_account | Stripe: objects with their state, and the events that tell what becomes of them |
| outside     | the ways to Stripe's API, SSM and the mail server                           |
| functions   | the handlers, connected to this world                                       |
| world       | all of it, and the verbs of a history                                       |
| witness     | sees each write and each mail the moment it happens                         |
| truth       | what each license must be, from Stripe's objects and people's decisions     |
| told        | what KeyStack says of a license and of a subscription                       |
| oracle, oracle_licenses, oracle_audit | I1 to I10                                         |
| scenarios, subscription_scenarios | what one invocation of each handler is about      |
| crashes, attempts, arrivals, schedules, people | histories tried one and all: enumerated.py |
| lives (of stories), paths | every order of what becomes of a subscription, a payment, a refund, a dispute |
| history, actions, money_actions, subscription_actions, searched | histories made up from a seed |
| planted     | bugs that the suite must notice                                             |
"""

import environment  # noqa: F401 - before any handler
