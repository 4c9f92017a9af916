# Station 4: figures with their plotted points, from rows and published numbers alone.
rule figure:
    input:
        runs.evidence("lcpc.figures"),
    output:
        "figures/{run}/{stem}.png",
        multiext("figures/{run}/{stem}", ".pdf", ".csv", ".json"),
    log:
        "logs/{run}/figure/{stem}.log",
    benchmark:
        "benchmarks/{run}/figure/{stem}.tsv"
    wildcard_constraints:
        run="|".join(runs.RUNS),
        stem="|".join(runs.FIGURES),
    params:
        code=lambda wildcards: runs.code(f"lcpc.figures.{wildcards.stem}", "lcpc.figures.render"),
        settings=lambda wildcards: runs.data_of(wildcards) if wildcards.stem == "dataset_meshes" else "",
    message:
        "figure {wildcards.stem} of {wildcards.run}"
    shell:
        "lcpc figure {wildcards.stem} --run {wildcards.run} 2>&1 | tee -i {log} >&2"
