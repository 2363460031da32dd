"""Plans, mappings, and what to preview."""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from keystack.domain import plans
from keystack.domain.keys import PREFIX
from keystack.domain.plan_kinds import PlanKind, has_duration
from keystack.domain.plans import CODE, MAX_DAYS, MAX_ENTITLEMENTS, MAX_GRANTS, MAX_LICENSES, MAX_SEATS
from keystack.inputs.base import RequestModel

CODE_PATTERN = f"^{CODE.pattern}$"
TARGET_PATTERN = "^(price|plan|prod)_[A-Za-z0-9_.-]{1,240}$"  # of a mapping; plan_… are Stripe's oldest prices

Kind = Annotated[PlanKind, Field(strict=False)]  # strict takes no text for an enum
LASTING = " or ".join(f"`{kind}`" for kind in PlanKind if has_duration(kind))


def _check_size(entitlements: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(json.dumps(entitlements)) > MAX_ENTITLEMENTS:
        raise PydanticCustomError(
            "entitlements", "must be a JSON object of at most {most} characters", {"most": f"{MAX_ENTITLEMENTS:,}"}
        )
    return entitlements


class PlanRequest(RequestModel):
    """What a plan grants."""

    name: str = Field(min_length=1, max_length=100, examples=["Acme Studio Pro"])
    kind: Kind = PlanKind.PERPETUAL
    duration_days: int | None = Field(None, ge=1, le=MAX_DAYS, description=f"Of kind {LASTING}, and of no other.")
    seats: int = Field(1, ge=1, le=MAX_SEATS)
    key_prefix: str = Field("KEY", pattern=f"^{PREFIX.pattern}$", description="What its license keys begin with.")
    entitlements: Annotated[dict[str, JsonValue], AfterValidator(_check_size)] = Field(
        {}, description="Free JSON, at most 4,000 characters."
    )

    def to_plan(self, code: str) -> plans.Plan:
        """Make the domain's plan. Raises InvalidInputError when its fields contradict each other."""
        return plans.Plan(
            code=code,
            name=self.name,
            kind=self.kind,
            duration_days=self.duration_days,
            seats=self.seats,
            key_prefix=self.key_prefix,
            entitlements=self.entitlements,
        )


Quantity = Annotated[int, Field(ge=1, le=MAX_SEATS)]


class Grant(RequestModel):
    """One plan of a mapping."""

    plan: str = Field(pattern=CODE_PATTERN, description="A plan's code; the plan must exist.", examples=["pro"])
    keys: Literal["per_line", "per_unit"] | Annotated[int, Field(ge=1, le=MAX_LICENSES)] = Field(
        "per_line", description="One key for the line, one for each unit of its quantity, or a number."
    )
    seats: Literal["plan", "quantity"] | Quantity = Field(
        "plan", description="Of each key: the plan's, the line's quantity, or a number."
    )
    min_quantity: Quantity | None = Field(None, description="The grant holds from this quantity on.")
    max_quantity: Quantity | None = Field(None, description="The grant holds up to this quantity.")


class MappingRequest(RequestModel):
    """Several grants make a bundle; an empty list means "not licensed", on purpose."""

    grants: list[Grant] = Field(max_length=MAX_GRANTS)

    def to_mapping(self, target: str) -> plans.Mapping:
        """Make the domain's mapping. Raises InvalidInputError when a grant's fields contradict each other."""
        return plans.Mapping(target, tuple(plans.Grant(**grant.model_dump()) for grant in self.grants))


StripeId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.-]{1,255}$")]


class LineItem(RequestModel):
    """A line of a cart that is made up."""

    price: StripeId | None = Field(None, examples=["price_1PgafmB7WZ01zgkW6dKueIc5"])
    product: StripeId | None = Field(None, description="Of that price; its mapping holds if the price has none.")
    quantity: int = Field(1, ge=0, le=MAX_SEATS)


class PreviewRequest(RequestModel):
    """Exactly one of the two."""

    checkout_session: Annotated[str, StringConstraints(pattern="^cs_(test|live)_[A-Za-z0-9_]{1,240}$")] | None = Field(
        None, description="A Checkout Session, paid or not; Stripe is asked what is in it."
    )
    line_items: list[LineItem] | None = Field(None, min_length=1, max_length=100)
