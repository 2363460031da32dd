"""The licenses table: orders with their licenses, references to them, customers and keys."""
