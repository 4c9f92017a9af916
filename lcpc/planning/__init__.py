"""What Snakemake would run and why, in words, and how long it would take by the times of past jobs."""
