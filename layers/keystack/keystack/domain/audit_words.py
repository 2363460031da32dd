"""Plain words for the audit log's actions. Pure."""

from keystack.domain.audit import Action

ACTIONS = {
    Action.ORDER_CREATED: "The order was recorded as paid",
    Action.ORDER_PENDING: "The order was recorded, not paid yet",
    Action.ORDER_PAYMENT_FAILED: "The failed payment was recorded",
    Action.LICENSE_ISSUED: "More licenses were issued",
    Action.LICENSE_CHANGED: "Plan or seats followed the subscription",
    Action.LICENSE_FROZEN: "Frozen",
    Action.LICENSE_REACTIVATED: "Reactivated",
    Action.LICENSE_REVOKED: "Revoked",
    Action.LICENSE_EXPIRING: "The end became known",
    Action.LICENSE_EXPIRED: "Expired",
    Action.LICENSE_KEY_REVEALED: "The whole key was shown",
    Action.HOLD_OPENED: "Held for one reason more",
    Action.HOLD_LIFTED: "A hold was lifted",
    Action.REFUND_RECORDED: "The refund was recorded; no status changed",
    Action.REFUND_PARTIAL: "The refund of a part was recorded; no status changed",
    Action.REFUND_FAILED: "The refund that failed was recorded; no status changed",
    Action.DISPUTE_RECORDED: "The dispute was recorded; no status changed",
    Action.DISPUTE_WON: "The won dispute was recorded; no status changed",
    Action.SUBSCRIPTION_CHANGED: "The subscription changed; no status changed",
    Action.SUBSCRIPTION_DELETED: "The end of the subscription was recorded; no status changed",
    Action.EXPIRY_PASSED: "The end of the paid period passed; no status changed",
    Action.EMAIL_REQUESTED: "The e-mail was asked for once more",
    Action.EMAIL_TESTED: "Test mail sent",
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


def words_of_action(action: str) -> str:
    """Say what an action means; one of a later version is named as it is."""
    return ACTIONS[Action(action)] if action in set(Action) else action
