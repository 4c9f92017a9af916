# The workflow itself is in workflow/; this line lets plain `snakemake` find it.
include: "workflow/Snakefile"
