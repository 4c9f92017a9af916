"""Planning: what Snakemake would run and why, in words, and what it would cost, from the benchmarks of past jobs."""
