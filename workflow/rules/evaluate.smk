# Station 3: rows. Rows that came without their weights are evidence: no rule here matches them.
rule evaluate_proposed:
    input:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
        runs.clouds,
    output:
        "results/{run}/rate_accuracy/proposed_{size}_P{points}.csv",
        "results/{run}/rate_accuracy/proposed_{size}_P{points}.json",
    log:
        "logs/{run}/evaluate_proposed/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_proposed/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("proposed"),
    params:
        code=runs.code("lcpc.experiments.proposed", "lcpc.codecs.point_clouds.proposed", verb=runs.ROWS_OF),
    message:
        "rows of {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate proposed --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_pointnet:
    input:
        "checkpoints/{run}/pointnet_P{points}.pt",
        runs.clouds,
    output:
        "results/{run}/classifier/pointnet_P{points}.csv",
        "results/{run}/classifier/pointnet_P{points}.json",
    log:
        "logs/{run}/evaluate_pointnet/P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_pointnet/P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("pointnet"),
    params:
        code=runs.code("lcpc.experiments._classification", verb=runs.ROWS_OF),
    message:
        "rows of PointNet at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate pointnet --run {wildcards.run} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_input_codec:
    input:
        "checkpoints/{run}/pointnet_P{points}.pt",
        runs.clouds,
        runs.recorded,
    output:
        "results/{run}/rate_accuracy/{codec}_P{points}.csv",
        "results/{run}/rate_accuracy/{codec}_P{points}.json",
    log:
        "logs/{run}/evaluate_input_codec/{codec}_P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_input_codec/{codec}_P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("input"),
    params:
        code=lambda wildcards: runs.code(
            "lcpc.experiments.input_compression", *runs.codec_module(wildcards.codec), verb=runs.INPUTS),
        settings=runs.measurement_of,
    threads: lambda wildcards: runs.CODING_THREADS.get(wildcards.codec, 1)
    message:
        "rows of {wildcards.codec} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate {wildcards.codec} --run {wildcards.run} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_latent_motion:
    input:
        runs.motion_weights,
    output:
        "results/{run}/latent_motion/{network}_{weights}.csv",
        "results/{run}/latent_motion/{network}_{weights}.json",
    log:
        "logs/{run}/evaluate_latent_motion/{network}_{weights}.log",
    benchmark:
        "benchmarks/{run}/evaluate_latent_motion/{network}_{weights}.tsv"
    wildcard_constraints:
        run=runs.pending("latent-motion"),
        weights="trained|untrained",
    params:
        code=runs.code("lcpc.experiments.latent_motion", "lcpc.experiments._latent_motion_panels", verb=runs.MOTION),
        settings=runs.motion_of,
    message:
        "latent motion of {wildcards.network}, {wildcards.weights}, {wildcards.run}"
    shell:
        "lcpc evaluate latent-motion --run {wildcards.run} --network {wildcards.network} --weights {wildcards.weights}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"
