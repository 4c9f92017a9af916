# Station 5: the report, a folder of pages for any browser. It compares with the published run alone, which every run
# stands beside; `lcpc report` by hand compares with all runs that are there.
rule report:
    input:
        lambda wildcards: runs.products_of(wildcards.run),
        runs.audited,
    output:
        "report/{run}/index.html",
    log:
        "logs/{run}/report/report.log",
    benchmark:
        "benchmarks/{run}/report/report.tsv"
    wildcard_constraints:
        run="|".join(runs.RUNS),
    params:
        code=runs.code("lcpc.report.site"),
        look=runs.look("report"),
        settings=runs.all_of,
    message:
        "report of {wildcards.run}"
    shell:
        "lcpc report --run {wildcards.run} --compare published 2>&1 | tee -i {log} >&2"
