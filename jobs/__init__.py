"""Background jobs, one module an area; see portal/kernel/jobs.py for how they run."""
