"""`lcpc recorded`: hand a run's clouds to a codec elsewhere, and check what comes back."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.errors import ConfigError

HELP = "write a run's clouds for a codec elsewhere, or check the outputs that came back"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("what", choices=("check", "inputs"),
                        help="check a folder of outputs, or write the inputs to one")
    parser.add_argument("folder", type=Path, help="folder of the manifests, or of the inputs")
    parser.add_argument("--run", default="demo", help="run with the test clouds (default: demo)")
    parser.add_argument("--settings", default="",
                        help="check: settings that each codec must have, with commas "
                             "(default: all that its manifests name)")


def run(args: argparse.Namespace) -> int:
    """Write the inputs, or check; 1 where the folder is not complete."""
    from lcpc.codecs import exchange, recorded
    from lcpc.data import point_clouds

    root = Path(args.root)
    settings = config.load(root, args.run)
    inputs = settings.input_compression
    if inputs is None:
        raise ConfigError(f"run {args.run} measures no input codec; "
                          "see input_compression in config/README.md")
    clouds = point_clouds.load(settings, root, "test")
    if args.what == "inputs":
        count = exchange.write_inputs(clouds, inputs, args.folder)
        print(f"{count} clouds at P = {', '.join(map(str, inputs.points))} are in {args.folder}; "
              f"code them, then write manifest.csv ({','.join(recorded.COLUMNS)}) and fill in "
              "manifest.json: see docs/recorded.md")
        return 0
    wanted = [word for word in args.settings.split(",") if word]
    problems = list(exchange.check(args.folder, clouds, inputs, wanted))
    for problem in problems:
        print(problem)
    print(f"{args.folder}: {len(problems) or 'nothing'} to mend for run {args.run}")
    return int(bool(problems))
