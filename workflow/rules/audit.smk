# Station 5: the audit, which holds the other tables and figures against print and against what they stand on.
rule audit:
    input:
        runs.audited,
    output:
        "tables/{run}/audit.html",
        multiext("tables/{run}/audit", ".csv", ".md", ".tex", ".json"),
    log:
        "logs/{run}/audit/audit.log",
    benchmark:
        "benchmarks/{run}/audit/audit.tsv"
    wildcard_constraints:
        run="|".join(runs.RUNS),
    params:
        code=runs.code("lcpc.audit.check", "lcpc.audit.table", "lcpc.tables.render"),
        settings=runs.all_of,
    message:
        "audit of {wildcards.run}"
    shell:
        "lcpc table audit --run {wildcards.run} 2>&1 | tee -i {log} >&2"
