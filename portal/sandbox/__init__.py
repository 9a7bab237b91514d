"""The other side of every outside system, for trials and tests. Shares no code with the adapters."""
