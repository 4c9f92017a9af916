"""`lcpc bench`: what training and coding cost on this machine, one benchmark a file of lcpc.bench."""

import argparse

from lcpc import registry

HELP = "time training steps and coding on this machine; see `lcpc bench NAME --help`"
ROOM = "lcpc.bench"


def arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command a benchmark."""
    benchmarks = parser.add_subparsers(metavar="NAME", required=True)
    for name in registry.names(ROOM):
        module = registry.load(ROOM, name)
        benchmark = benchmarks.add_parser(name.replace("_", "-"), help=module.HELP, description=module.__doc__)
        module.arguments(benchmark)
        benchmark.set_defaults(benchmark=module.run)


def run(args: argparse.Namespace) -> int:
    """Print a table in Markdown, each line as soon as it is known."""
    for line in args.benchmark(args):
        print(line, flush=True)
    return 0
