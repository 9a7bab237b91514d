"""The jobs of workflow: none yet needs the background; flows move in the transaction of the act that moves them."""
