"""One module per outside system or protocol that identity meets."""
