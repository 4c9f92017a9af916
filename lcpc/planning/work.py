"""How much work a job is, in any unit that two jobs of one rule share: times are scaled by its ratio."""

import re
from collections.abc import Callable
from typing import TypeVar

from lcpc.config import Config, Training
from lcpc.errors import LcpcError
from lcpc.metrics.architectures import POINT_ENCODERS

T = TypeVar("T")
SPLITS = {"train": "train_per_class", "test": "test_per_class"}
SHAPES_CLASSES = 40


def work(settings: Config, rule: str, name: str) -> float | None:
    """Work of the job `name` (as its benchmark is called, e.g. `micro_P64`) of a rule; None where there is no telling.

    Counted in activations of the encoder for trainings, in points that are coded for measurements: a guide, not a model.
    """
    count = COUNTS.get(rule)
    try:
        return count(settings, name) if count else 1.0
    except (LcpcError, LookupError, ValueError):
        return None


def _clouds(settings: Config, split: str) -> int:
    dataset = settings.dataset
    if dataset is not None and dataset.name == "modelnet40":
        from lcpc.data.point_clouds.modelnet40 import CLOUDS

        return CLOUDS[split][0]
    if dataset is None or dataset.name != "shapes40":
        raise LookupError("how many clouds a folder holds is not known before it is read")
    return SHAPES_CLASSES * int(getattr(dataset, SPLITS[split]))


def _present(section: T | None) -> T:
    if section is None:
        raise LookupError("the run has no such section")
    return section


def _points(name: str) -> int:
    found = re.search(r"P(\d+)$", name)
    if found is None:
        raise LookupError(name)
    return int(found[1])


def _width(name: str) -> int:
    return sum(width for width, _ in POINT_ENCODERS[name.split("_")[0]])


def _epochs(settings: Config, training: Training, name: str) -> int:
    return training.epochs * _clouds(settings, "train") * _points(name)


def _curve(settings: Config, name: str) -> float:
    curve = settings.curve(name.split("_")[0], _points(name))
    return float(_epochs(settings, curve.training, name) * _width(name) * len(curve.lambdas))


def _pointnet(settings: Config, name: str) -> float:
    return float(_epochs(settings, _present(settings.input_compression).classifier, name))


def _decoders(settings: Config, name: str) -> float:
    asked = _present(settings.reconstruction)
    return float(_epochs(settings, asked.training, name) * len(asked.lambdas))


def _rows(settings: Config, name: str) -> float:
    curve = settings.curve(name.split("_")[0], _points(name))
    return float(_clouds(settings, "test") * _points(name) * _width(name) * len(curve.lambdas))


def _coded(settings: Config, name: str) -> float:
    inputs = _present(settings.input_compression)
    return float((inputs.test_clouds or _clouds(settings, "test")) * _points(name) * len(inputs.scales))


def _judged(settings: Config, name: str) -> float:
    return float(_clouds(settings, "test") * _points(name))


def _motion(settings: Config, name: str) -> float:
    motion = _present(settings.latent_motion)
    return float(motion.draws * motion.size_px ** 2)


def _base(settings: Config, name: str) -> float:
    images, quality = _present(settings.images), _quality(name)
    is_first = not images.qualities.index(quality) or not images.warm_steps
    steps = images.base_steps if is_first else images.warm_steps
    return float(steps * images.base_batch * images.base_patch ** 2 * images.network(quality).n ** 2)


def _distribution(settings: Config, name: str) -> float:
    images = _present(settings.images)
    return float(images.distribution_steps * images.distribution_batch * images.network(_quality(name)).bins)


def _pictures(settings: Config, name: str) -> float:
    return float(_present(settings.images).network(_quality(name)).n ** 2)


def _quality(name: str) -> int:
    found = re.search(r"(?:^|_)q(\d+)$", name)
    if found is None:
        raise LookupError(name)
    return int(found[1])


COUNTS: dict[str, Callable[[Config, str], float]] = {
    "data": lambda settings, name: float(_clouds(settings, "train") + _clouds(settings, "test")),
    "train_proposed": _curve, "train_pointnet": _pointnet, "train_reconstruction": _decoders,
    "evaluate_proposed": _rows, "evaluate_pointnet": _judged, "evaluate_input_codec": _coded,
    "evaluate_latent_motion": _motion, "train_image_base": _base, "train_distribution": _distribution,
    "evaluate_image_codec": _pictures, "evaluate_image_distributions": _pictures,
}
"""Rules whose jobs differ in size; jobs of all others are as large as each other."""
