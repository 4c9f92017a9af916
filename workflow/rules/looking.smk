# Stations 2 and 3 for what is looked at beside the curves: decoders that draw, critical points, times, layers.
rule train_reconstruction:
    input:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
        runs.clouds,
    output:
        "checkpoints/{run}/reconstruction_{size}_P{points}.pt",
    log:
        "logs/{run}/train_reconstruction/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/train_reconstruction/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.only(rows.checkpoint for rows in runs.ROWS if rows.weights.startswith("reconstruction_")),
    params:
        code=runs.code("lcpc.training.reconstruction"),
        settings=runs.looking_of,
    message:
        "decoders that draw {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc train reconstruction --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_reconstruction:
    input:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
        "checkpoints/{run}/reconstruction_{size}_P{points}.pt",
        runs.clouds,
    output:
        "results/{run}/reconstruction/{size}_P{points}.csv",
        "results/{run}/reconstruction/{size}_P{points}.json",
        "results/{run}/reconstruction/{size}_P{points}.npz",
    log:
        "logs/{run}/evaluate_reconstruction/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_reconstruction/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("reconstruction"),
    params:
        code=runs.code("lcpc.experiments.reconstruction", verb=runs.LOOKING),
        settings=runs.looking_of,
    message:
        "reconstructions of {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate reconstruction --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_critical_points:
    input:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
        runs.clouds,
    output:
        "results/{run}/critical_points/{size}_P{points}.csv",
        "results/{run}/critical_points/{size}_P{points}.json",
        "results/{run}/critical_points/{size}_P{points}.npz",
    log:
        "logs/{run}/evaluate_critical_points/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_critical_points/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("critical-points"),
    params:
        code=runs.code("lcpc.experiments.critical_points", verb=runs.LOOKING),
    message:
        "critical points of {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate critical-points --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_latency:
    input:
        "checkpoints/{run}/proposed_{size}_P{points}.pt",
        runs.clouds,
    output:
        "results/{run}/latency/{size}_P{points}.csv",
        "results/{run}/latency/{size}_P{points}.json",
    log:
        "logs/{run}/evaluate_latency/{size}_P{points}.log",
    benchmark:
        "benchmarks/{run}/evaluate_latency/{size}_P{points}.tsv"
    wildcard_constraints:
        run=runs.pending("latency"),
    params:
        code=runs.code("lcpc.experiments.latency", verb=runs.LOOKING),
        settings=runs.looking_of,
    message:
        "times of {wildcards.size} at P={wildcards.points}, {wildcards.run}"
    shell:
        "lcpc evaluate latency --run {wildcards.run} --size {wildcards.size} --points {wildcards.points}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_complexity:
    output:
        "results/{run}/complexity/point_codec.csv",
        "results/{run}/complexity/point_codec.json",
    log:
        "logs/{run}/evaluate_complexity/point_codec.log",
    benchmark:
        "benchmarks/{run}/evaluate_complexity/point_codec.tsv"
    wildcard_constraints:
        run=runs.pending("complexity"),
    params:
        code=runs.code("lcpc.experiments.complexity", verb=runs.LOOKING),
    message:
        "layers of the codecs of {wildcards.run}, counted"
    shell:
        "lcpc evaluate complexity --run {wildcards.run}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_architecture:
    output:
        "results/{run}/architecture/networks.csv",
        "results/{run}/architecture/networks.json",
    log:
        "logs/{run}/evaluate_architecture/networks.log",
    benchmark:
        "benchmarks/{run}/evaluate_architecture/networks.tsv"
    wildcard_constraints:
        run=runs.pending("architecture"),
    params:
        code=runs.code("lcpc.experiments.architecture", verb=runs.LOOKING),
        settings=runs.drawn_of,
    message:
        "layers of all networks of {wildcards.run}, read off the built modules"
    shell:
        "lcpc evaluate architecture --run {wildcards.run}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"
