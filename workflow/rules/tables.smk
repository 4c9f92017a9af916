# Station 4: tables, from rows and published numbers alone; seconds each.
rule table:
    input:
        runs.evidence("lcpc.tables"),
    output:
        "tables/{run}/{stem}.html",
        multiext("tables/{run}/{stem}", ".csv", ".md", ".tex", ".json"),
    log:
        "logs/{run}/table/{stem}.log",
    benchmark:
        "benchmarks/{run}/table/{stem}.tsv"
    wildcard_constraints:
        run="|".join(runs.RUNS),
        stem="|".join(runs.TABLES),
    params:
        code=lambda wildcards: runs.code(f"lcpc.tables.{wildcards.stem}", "lcpc.tables.render"),
    message:
        "table {wildcards.stem} of {wildcards.run}"
    shell:
        "lcpc table {wildcards.stem} --run {wildcards.run} 2>&1 | tee -i {log} >&2"
