"""Run with new_setting.patch applied: a setting is taken from the API and the operator, stored, loaded and shown."""

from keystack.inputs.organization import OrganizationRequest
from keystack.inputs.reading import read_input
from keystack.inputs.settings import SettingsRequest
from keystack.storage.mappings.organizations import organization_from, organization_keys
from settings_routes import SettingsResponse

NAME = "seats_in_metadata"

for request in (
    read_input(SettingsRequest, {NAME: True}),
    read_input(OrganizationRequest, {"org": "acme", NAME: True}).to_settings(),
):
    assert request.model_dump(exclude_none=True) == {NAME: True}

settings_key, _ = organization_keys("acme")
assert getattr(organization_from("acme", {settings_key: {NAME: True}}), NAME) is True
assert getattr(organization_from("acme", {settings_key: {NAME: "yes"}}), NAME) is False
assert getattr(organization_from("acme", {}), NAME) is False
assert NAME in SettingsResponse.model_fields
