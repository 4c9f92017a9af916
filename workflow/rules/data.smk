# Station 1: the clouds of runs whose data set lcpc makes itself.
rule data:
    output:
        "data/{run}/train.npz",
        "data/{run}/test.npz",
    log:
        "logs/{run}/data/clouds.log",
    benchmark:
        "benchmarks/{run}/data/clouds.tsv"
    wildcard_constraints:
        run="|".join(run for run in runs.RUNS if runs.is_made(run)) or "(?!)",
    params:
        code=runs.code("lcpc.data.point_clouds.shapes40", "lcpc.data.point_clouds.folder"),
        settings=runs.data_of,
    priority: 1
    message:
        "clouds of {wildcards.run}"
    shell:
        "lcpc data --run {wildcards.run} --threads {threads} 2>&1 | tee -i {log} >&2"
