"""What every area needs and none owns: settings, database, errors, events, jobs, clock, access, web edge."""
