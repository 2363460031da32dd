"""The pages, one module for each. A page loads by `management`, and renders one template."""
