# Stations 2 and 3 for images: a base, the model of its encoding distributions, and the rows of all image codecs.
# Kodak and the photographs to train on lie outside, and the verbs check them by their digests.
rule train_image_base:
    input:
        runs.base_before,
    output:
        "checkpoints/{run}/image_base_q{quality}.pt",
    log:
        "logs/{run}/train_image_base/q{quality}.log",
    benchmark:
        "benchmarks/{run}/train_image_base/q{quality}.tsv"
    wildcard_constraints:
        run=runs.only(runs.image_checkpoints("image_base")),
    params:
        code=runs.code("lcpc.training.image_base"),
        settings=runs.of_images(runs.image_runs.base_told),
    threads: 2
    priority: 1
    message:
        "training of the image base at quality {wildcards.quality}, {wildcards.run}"
    shell:
        "lcpc train image-base --run {wildcards.run} --quality {wildcards.quality}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule train_distribution:
    input:
        "checkpoints/{run}/image_base_q{quality}.pt",
    output:
        "checkpoints/{run}/distribution_q{quality}.pt",
    log:
        "logs/{run}/train_distribution/q{quality}.log",
    benchmark:
        "benchmarks/{run}/train_distribution/q{quality}.tsv"
    wildcard_constraints:
        run=runs.only(runs.image_checkpoints("distribution")),
    params:
        code=runs.code("lcpc.training.distribution"),
        settings=runs.of_images(runs.image_runs.distribution_told),
    priority: 1
    message:
        "training of the distribution model at quality {wildcards.quality}, {wildcards.run}"
    shell:
        "lcpc train distribution --run {wildcards.run} --quality {wildcards.quality}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_image_codec:
    input:
        runs.image_weights,
    output:
        "results/{run}/rate_distortion/{codec}_q{quality}.csv",
        "results/{run}/rate_distortion/{codec}_q{quality}.json",
    log:
        "logs/{run}/evaluate_image_codec/{codec}_q{quality}.log",
    benchmark:
        "benchmarks/{run}/evaluate_image_codec/{codec}_q{quality}.tsv"
    wildcard_constraints:
        run=runs.pending("image-codec"),
    params:
        code=lambda wildcards: runs.code(
            "lcpc.experiments.image_codec", runs.image_runs.module(wildcards.codec), verb=runs.IMAGES),
        settings=runs.of_images(runs.image_runs.measured_told),
    message:
        "rows of {wildcards.codec} at quality {wildcards.quality}, {wildcards.run}"
    shell:
        "lcpc evaluate image-codec --run {wildcards.run} --codec {wildcards.codec} --quality {wildcards.quality}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_file_format:
    output:
        "results/{run}/rate_distortion/{codec}.csv",
        "results/{run}/rate_distortion/{codec}.json",
    log:
        "logs/{run}/evaluate_file_format/{codec}.log",
    benchmark:
        "benchmarks/{run}/evaluate_file_format/{codec}.tsv"
    wildcard_constraints:
        run=runs.pending("file-format"),
    params:
        code=lambda wildcards: runs.code(
            "lcpc.experiments.image_codec", runs.image_runs.module(wildcards.codec), verb=runs.IMAGES),
        settings=runs.of_images(runs.image_runs.measured_told),
    message:
        "rows of {wildcards.codec}, {wildcards.run}"
    shell:
        "lcpc evaluate image-codec --run {wildcards.run} --codec {wildcards.codec}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_image_distributions:
    input:
        "checkpoints/{run}/image_base_q{quality}.pt",
        "checkpoints/{run}/distribution_q{quality}.pt",
    output:
        "results/{run}/image_distributions/q{quality}.csv",
        "results/{run}/image_distributions/q{quality}.json",
        "results/{run}/image_distributions/q{quality}.npz",
    log:
        "logs/{run}/evaluate_image_distributions/q{quality}.log",
    benchmark:
        "benchmarks/{run}/evaluate_image_distributions/q{quality}.tsv"
    wildcard_constraints:
        run=runs.pending("image-distributions"),
    params:
        code=runs.code("lcpc.experiments.image_distributions", verb=runs.IMAGES),
        settings=runs.of_images(runs.image_runs.measured_told),
    message:
        "distributions at quality {wildcards.quality}, {wildcards.run}"
    shell:
        "lcpc evaluate image-distributions --run {wildcards.run} --quality {wildcards.quality}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"


rule evaluate_image_complexity:
    output:
        "results/{run}/image_complexity/image_codec.csv",
        "results/{run}/image_complexity/image_codec.json",
    log:
        "logs/{run}/evaluate_image_complexity/image_codec.log",
    benchmark:
        "benchmarks/{run}/evaluate_image_complexity/image_codec.tsv"
    wildcard_constraints:
        run=runs.pending("image-complexity"),
    params:
        code=runs.code("lcpc.experiments.image_complexity", verb=runs.IMAGES),
    message:
        "layers of the distribution model and of a hyperprior of {wildcards.run}, counted"
    shell:
        "lcpc evaluate image-complexity --run {wildcards.run}"
        " --threads {threads} 2>&1 | tee -i {log} >&2"
