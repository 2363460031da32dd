"""What every page of the dashboard shares: requests, who may see what, responses, templates, assets."""
