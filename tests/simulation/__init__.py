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
| account     | Stripe: what was bought, refunded, cancelled, and the events that tell it   |
| outside     | the ways to Stripe's API, SSM and the mail server                           |
| functions   | the handlers, connected to this world                                       |
| world       | all of it, and the verbs of a history                                       |
| witness     | sees each write and each mail the moment it happens                         |
| truth       | what each license's status must be, from what happened at Stripe            |
| oracle      | I1 to I10                                                                   |
| scenarios, crashes, attempts, arrivals, schedules, people | histories tried one and all: enumerated.py |
| history, actions, searched | histories made up from a seed                                |
| planted     | bugs that the suite must notice                                             |
"""

import environment  # noqa: F401 - before any handler
