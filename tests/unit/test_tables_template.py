"""The template by which a new stack takes over the tables of a deleted one."""

import json

from cfnlint.api import lint_all
from template import TEMPLATE

from local.tools.tables_template import tables_template

TABLES = ["LicensesTable", "MappingsTable", "AuditTable", "DeliveriesTable"]


def test_it_has_the_four_tables_as_the_whole_template_has_them() -> None:
    """CloudFormation imports what is described as it is: another property would be a change to a table with data."""
    assert list(tables_template()["Resources"]) == TABLES
    for name, table in tables_template()["Resources"].items():
        assert table["Properties"] == TEMPLATE["Resources"][name]["Properties"]
        assert table["DeletionPolicy"] == "Retain"  # which an import demands


def test_it_can_be_deployed_by_itself() -> None:
    written = json.dumps(tables_template())
    assert [str(match) for match in lint_all(written) if match.rule.severity != "informational"] == []
    assert '{"Ref": "DeletionProtection"}' in written
    assert "OneStackPerStage" not in written
