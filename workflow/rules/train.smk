# Station 2: weights. A killed job goes on from checkpoints/<run>/resume/, which is no output and so survives it.
# Long work starts first (priority), so that tables do not hold it up.
rule train_proposed:
    input:
        runs.clouds,
        runs.start,
    output:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
    log:
        "logs/{run}/train_proposed/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/train_proposed/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.only(rows.checkpoint for rows in runs.ROWS if rows.weights.startswith("proposed_")),
    params:
        code=runs.code("lcpc.training.curve"),
        settings=runs.training_of,
    threads: lambda wildcards: runs.TRAINING_THREADS[wildcards.size]
    priority: 1
    message:
        "training of {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc train proposed --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule train_pointnet:
    input:
        runs.clouds,
    output:
        "checkpoints/{run}/pointnet_P{points}.pt",
    log:
        "logs/{run}/train_pointnet/P{points}.log",
    benchmark:
        "benchmarks/{run}/train_pointnet/P{points}.tsv"
    wildcard_constraints:
        run=runs.only(rows.checkpoint for rows in runs.ROWS if rows.weights.startswith("pointnet_")),
    params:
        code=runs.code("lcpc.training.curve"),
        settings=runs.training_of,
    threads: 2
    priority: 1
    message:
        "training of PointNet at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc train pointnet --run {wildcards.run} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"
