"""Codecs: which there are, one file in and out, outputs made elsewhere, and benchmarks."""

from pathlib import Path

from lcpc import registry
from lcpc.cli.options import RUN, Options, Parser, new_file, option, seed, verb
from lcpc.log import logger


@verb(RUN)
def codecs(options: Options) -> None:
    """List the codecs and say which can't run here, and why."""
    from lcpc.codecs import listing

    print("\n".join(listing.lines(options.root, options.run)))


@verb(
    option("file", type=Path, help="a mesh or a cloud: OFF, PLY, OBJ or npz"),
    option("--model", required=True,
           help="size, P and lambda, such as micro-1024-80; of another run or codec, such as "
                "beyond/mixed-micro-1024-80"),
    option("-o", "--out", type=new_file, required=True, metavar="FILE", help="the file"),
    option("--seed", type=seed, default=1, help="of the points that are drawn"))
def encode(options: Options) -> None:
    """Encode anyone's mesh or cloud with shipped weights."""
    from lcpc.codecs import portable

    print(portable.encode_to(options.root, options.file, options.model, options.out, options.seed))


@verb(option("file", type=Path, help="a file of `lcpc encode`"))
def decode(options: Options) -> None:
    """Say what a file of `lcpc encode` is: its class, by shipped weights."""
    from lcpc.codecs import portable

    print(portable.decode(options.root, options.file))


@verb(
    option("action", choices=("check", "inputs"),
           help="check a folder of outputs, or write the inputs to one"),
    option("folder", type=Path, help="folder of the manifests, or of the inputs to write"),
    RUN,
    option("--settings", default="",
           help="check: settings that each codec must have, with commas (default: all that its "
                "manifests name)"))
def recorded(options: Options) -> int:
    """Write a run's clouds for a codec elsewhere, or check the outputs that came back.

    1 where the folder is not complete.
    """
    from lcpc.codecs import exchange

    if options.action == "inputs":
        print(exchange.write_inputs_of(options.root, options.run, options.folder))
        return 0
    settings = [word for word in options.settings.split(",") if word]
    problems = exchange.check_outputs_of(options.root, options.run, options.folder, settings)
    for problem in problems:
        print(problem)
    print(f"{options.folder}: {len(problems) or 'nothing'} to mend for run {options.run}")
    return int(bool(problems))


def _size(parser: Parser) -> None:
    from lcpc.config import SIZES

    parser.add_argument("--size", choices=SIZES, default="micro", help="size of the proposed codec")


@verb(
    RUN, _size,
    option("--points", type=int, required=True, help="P, points of the input cloud"),
    option("--lambda", dest="lambda_", type=float, required=True, help="which codec of the curve"),
    option("--out", type=new_file, required=True, metavar="FILE.pt2|FILE.pt",
           help="the encoder, .pt2 for torch.export, .pt for TorchScript; FILE.decoder.pt2 (or "
                ".pt) and FILE.tables.json are written beside it"))
def export(options: Options) -> None:
    """Write one trained codec for deployment: encoder and decoder for torch.export or TorchScript,
    and the integer tables."""
    from lcpc.codecs.deployment import export as write_codec

    checked = write_codec(options.root, options.run, options.size, options.points,
                          options.lambda_, options.out)
    logger("lcpc.export").info("%s: %s", options.out, checked)


def _benchmarks(parser: Parser) -> None:
    benchmarks = parser.add_subparsers(metavar="BENCHMARK", dest="benchmark", required=True)
    for name in registry.names("lcpc.bench"):
        module = registry.load("lcpc.bench", name)
        text = (module.__doc__ or "").splitlines()[0]
        module.arguments(
            benchmarks.add_parser(name, help=text, description=text, allow_abbrev=False))


@verb(_benchmarks)
def bench(options: Options) -> None:
    """Time training and coding on this machine, as tables in Markdown."""
    for line in registry.load("lcpc.bench", options.benchmark).run(options):
        print(line, flush=True)
