"""Plain words for what the audit log and the facts name. Every member of a closed set has its own (tests hold it)."""

from keystack.domain.audit import Action

ACTIONS = {
    Action.ORDER_CREATED: "Order paid, licenses issued",
    Action.ORDER_PENDING: "Order waits for its payment",
    Action.ORDER_PAYMENT_FAILED: "Payment failed",
    Action.LICENSE_ISSUED: "More licenses issued",
    Action.LICENSE_FROZEN: "License frozen",
    Action.LICENSE_REACTIVATED: "License reactivated",
    Action.LICENSE_REVOKED: "License revoked",
    Action.LICENSE_EXPIRING: "License will expire",
    Action.LICENSE_EXPIRED: "License expired",
    Action.LICENSE_KEY_REVEALED: "License key shown",
    Action.HOLD_OPENED: "Another reason to be frozen",
    Action.HOLD_LIFTED: "A reason to be frozen is gone",
    Action.REFUND_RECORDED: "Refund recorded",
    Action.REFUND_PARTIAL: "Partial refund recorded",
    Action.REFUND_FAILED: "Refund failed, the money came back",
    Action.DISPUTE_RECORDED: "Dispute recorded",
    Action.DISPUTE_WON: "Dispute won",
    Action.SUBSCRIPTION_DELETED: "Subscription ended",
    Action.EXPIRY_PASSED: "An end has passed",
    Action.EMAIL_REQUESTED: "E-mail to be sent again",
    Action.PLAN_CREATED: "Plan created",
    Action.PLAN_CHANGED: "Plan changed",
    Action.PLAN_DELETED: "Plan deleted",
    Action.MAPPING_CREATED: "Price mapped",
    Action.MAPPING_CHANGED: "Mapping changed",
    Action.MAPPING_DELETED: "Mapping deleted",
    Action.API_KEY_CREATED: "API key made",
    Action.API_KEY_CHANGED: "API key replaced",
    Action.API_KEY_DELETED: "API key deleted",
    Action.SETTINGS_CREATED: "Organization created",
    Action.SETTINGS_CHANGED: "Settings changed",
    Action.SESSION_CREATED: "Signed in",
    Action.SESSION_ENDED: "Signed out",
    Action.SIGN_IN_LINK_CREATED: "Sign-in link made",
}
KINDS = {  # of actions, by what stands before the dot
    "order": "Orders",
    "license": "Licenses",
    "hold": "Reasons to be frozen",
    "refund": "Refunds",
    "dispute": "Disputes",
    "subscription": "Subscriptions",
    "expiry": "Ends",
    "email": "E-mails",
    "plan": "Plans",
    "mapping": "Mappings",
    "api_key": "API keys",
    "settings": "Settings",
    "session": "Sign-ins",
    "sign_in_link": "Sign-in links",
}


def write_action(action: str) -> str:
    """Say what an action of the audit log means; one that is not known is its own word."""
    return ACTIONS[Action(action)] if action in set(Action) else action
