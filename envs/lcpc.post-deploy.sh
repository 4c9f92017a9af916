#!/bin/sh
# What `snakemake --software-deployment-method conda` runs in the environment of lcpc.yaml, in the project's folder:
# the same packages as envs/setup.sh. Snakemake moves the yaml, so it can't name requirements.txt itself.
set -eu
python -m pip install --quiet --no-input --requirement envs/requirements.txt
python -m pip install --quiet --no-input --no-deps --editable .
