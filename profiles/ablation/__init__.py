"""Every item of the roadmap against its claim: what is measured for each, and the run that measures it."""
