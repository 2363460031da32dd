"""What the API and the dashboard share of HTTP: paths before ours, cursors in URLs, files that a cache may keep."""
