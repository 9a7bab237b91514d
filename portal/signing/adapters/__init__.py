"""One module per real system."""
