"""A small untrained base with fitted distributions, and a distribution model with random weights on
it."""

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.distribution_model import TrainedDistribution
from lcpc.codecs.image_base import TrainedBase
from lcpc.codecs.point_clouds.proposed import ProposedCodec, frequency_tables_of
from lcpc.codecs.shipped import proposed as shipped
from lcpc.data.base import clouds
from lcpc.entropy.pmf import FrequencyTables
from lcpc.models.context_model import ContextModel
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.exact_context import whole_state
from lcpc.models.image_factorized import ImageBase
from lcpc.models.point_codec import PointCodec
from lcpc.training import _context_model, _image_bottleneck
from lcpc.training._distribution_model import frequency_arrays
from lcpc.training.context import SIZES

CHANNELS, BINS, WINDOW = 16, 64, 48
SETTINGS = {"bottleneck_steps": 300, "bottleneck_rate": 1e-2}


def picture_of(height, width, seed=1):
    """Smooth colours with some texture, uint8 [H, W, 3]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(random.uniform(0, 0.1) * x + random.uniform(0, 0.1) * y + phase)
             for phase in random.uniform(0, 6, 3)]
    noise = random.normal(0, 12, (height, width, 3))
    return np.clip(128 + 70 * np.stack(waves, -1) + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def draw():
    return picture_of


@pytest.fixture(scope="session")
def base_file(tmp_path_factory):
    """A checkpoint as `lcpc train` writes it; its g_a is made to give latents of some width."""
    base = ImageBase(8, CHANNELS, seed=3).eval()
    with torch.no_grad():
        base.g_a[6].weight *= 40
        base.g_s[0].weight *= 0.1
    path = tmp_path_factory.mktemp("weights") / "image_base_q1.pt"
    photos = [picture_of(160, 240, seed) for seed in range(4)]
    _image_bottleneck.train(base, photos, SETTINGS, SETTINGS, path.with_name("resume.pt"))
    description = {"quality": 1, "origin": "untrained"}
    checkpoints.save(path, _image_bottleneck.base_content(base, description, BINS))
    return path


@pytest.fixture(scope="session")
def base(base_file):
    return TrainedBase.load(checkpoints.read(base_file), str(base_file))


@pytest.fixture(scope="session")
def model_file(base, base_file):
    """A checkpoint as `lcpc train` writes it; its random weights make p_hat differ from the
    default."""
    generator = torch.Generator().manual_seed(5)
    shape = DistributionShape(CHANNELS, 16, 8, BINS, groups=8, window=WINDOW, slope=0.75)
    codec = DistributionCodec(shape, torch.from_numpy(base.logs) / 1024, generator)
    counts, _ = base.counts(base.symbols(picture_of(160, 240, 9)))
    p = torch.from_numpy(counts / counts.sum(1, keepdims=True)).float()
    codec.start(codec.windowed(p).unsqueeze(0), generator)
    torch.nn.init.normal_(codec.h_s_q[-1].weight, std=0.01, generator=generator)
    path = base_file.with_name("distribution_q1.pt")
    content = {"kind": "distribution", "shape": shape.plain(), "state": codec.state_dict(),
               "tables": frequency_arrays(codec)}
    checkpoints.save(path, content)
    return path


@pytest.fixture(scope="session")
def model(model_file, base):
    return TrainedDistribution.load(checkpoints.read(model_file), str(model_file), base)


@pytest.fixture(scope="session")
def training():
    """Clouds of a training split."""
    points = np.random.default_rng(1).normal(size=(60, 64, 3)).astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max()
    names = np.array([f"c{index}" for index in range(60)])
    return clouds("some", tuple("abcdefg"), "train", points, np.arange(60) % 7, names, {})


@pytest.fixture(scope="session")
def trained():
    """trained("micro"): a curve of two lambdas with gains of both signs, whose latent 3 never changes."""
    def make(size):
        models, tables = {}, {}
        for lambda_ in (10.0, 80.0):
            generator = torch.Generator().manual_seed(int(lambda_))
            model = PointCodec(size, 7, seed=int(lambda_))
            torch.nn.init.uniform_(model.gain, -0.5, 1.0, generator=generator)
            for _ in range(20):
                model(torch.randn(50, 3, 64, generator=generator))
            with torch.no_grad():
                model.gain[3] = 1e-6
            model.entropy_bottleneck.solve_medians()
            models[lambda_] = model.requires_grad_(False).eval()
            arrays = {name: array.numpy() for name, array in frequency_tables_of(model).items()}
            tables[lambda_] = FrequencyTables.from_arrays(arrays)
        return ProposedCodec(size, 64, models, tables)

    return make


@pytest.fixture(scope="session")
def curve(training, trained):
    """The micro curve as it is shipped."""
    return shipped.ship(trained("micro"), training, {"run": "mine"})


@pytest.fixture(scope="session")
def context_files(base, base_file):
    """Checkpoints as `lcpc train` writes them: networks with random weights, channel 5 not in use,
    and tables that are too narrow for some values."""
    channels, files = np.delete(np.arange(CHANNELS), 5), {}
    for name, widths in SIZES.items():
        torch.manual_seed(7)
        shape = _context_model.shape_for(len(channels), widths)
        model = _context_model.started(ContextModel(shape), np.full(len(channels), 2.0))
        for group in model.networks:
            torch.nn.init.normal_(group.outer.weight, std=0.2)
            torch.nn.init.normal_(group.taps[-1].weight, std=0.1)
        files[name] = base_file.with_name(f"{name}_q1.pt")
        checkpoints.save(files[name], {
            "kind": "context", "shape": shape.plain(), "state": whole_state(model),
            "largest": [3 + index for index in range(len(shape.groups))],
            "channels": torch.from_numpy(channels), "base_logs": torch.from_numpy(base.logs).int()})
    return files
