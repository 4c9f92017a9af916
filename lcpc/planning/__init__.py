"""What Snakemake would run and why, in words, and how long that would take."""
