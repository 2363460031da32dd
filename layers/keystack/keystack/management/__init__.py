"""What people ask for, through the API, the dashboard or the operator's function."""
