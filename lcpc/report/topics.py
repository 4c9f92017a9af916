"""The topics of the documents: tables and figures of each, and the few numbers that show it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lcpc.report.auditview import ClaimView, Side

View = TypeVar("View")


@dataclass(frozen=True)
class Topic:
    """One topic: the documents' sentence, `claims` as (claim, its words), its products in order.

    `pictures` are figures that may stand for it, the best first.
    """

    name: str
    title: str
    says: str
    claims: Sequence[tuple[str, str]]
    pictures: Sequence[str]
    figures: Sequence[str]
    tables: Sequence[str]


@dataclass(frozen=True)
class Glance:
    """One number of a topic beside print.

    `recomputed` and `measured` in one digit more than print has.
    """

    words: str
    claim: ClaimView
    recomputed: str
    measured: str


IMAGES = Topic(
    "images", "Images: distributions that adapt",
    "A codec with fixed distributions wastes bits on every image that is not average. Sending the "
    "image's own ones along, "
    "compressed, wins most of them back.",
    (("headline.rate-change-ideal", "rate change, ideal (%)"),
     ("headline.rate-change-proposed", "rate change, proposed (%)"),
     ("table-2-2.proposed-1.total_gain_percent", "proposed, quality 1 (%)"),
     ("table-2-2.balcilar2022-1.total_gain_percent", "Balcilar2022, quality 1 (%)")),
    ("distribution_heatmaps_adaptive", "rd_curves_adaptive", "architecture_adaptive"),
    ("rd_curves_adaptive", "image_codec_comparison", "distribution_heatmaps_static",
     "distribution_heatmaps_adaptive",
     "static_suboptimality", "encoding_distribution", "factorized_model",
     "distribution_heatmap_explained",
     "architecture_standard", "architecture_adaptive", "distribution_transforms"),
    ("rate_savings", "rate_savings_per_quality", "complexity_image"))
POINT_CLOUDS = Topic(
    "point-clouds", "Point clouds: bits for a machine",
    "A cloud that is coded for its class alone needs tens of bits where a codec of its points "
    "needs hundreds, with an encoder "
    "of 48 multiplications a point.",
    (("rate-at-80.ideal", "bits at 80 %, ideal bound"), ("rate-at-80.full", "bits at 80 %, full"),
     ("rate-at-80.lite", "bits at 80 %, lite"), ("rate-at-80.micro", "bits at 80 %, micro"),
     ("table-2.proposed-micro-1024.bd_rate_percent", "BD-rate of micro (%)")),
    ("rate_accuracy_ideal", "rate_accuracy_micro", "codec_architecture_detailed"),
    ("rate_accuracy_ideal", "rate_accuracy_full", "rate_accuracy_lite", "rate_accuracy_micro",
     "rate_accuracy_input_compression", "reproduction", "inference_latency", "critical_points",
     "reconstructions",
     "dataset_meshes", "pointnet", "codec_architectures", "codec_architecture_detailed",
     "reconstruction_network"),
    ("bd_metrics", "reproduction", "rate_at_80", "layer_sizes"))
LATENT_MOTION = Topic(
    "latent-motion", "Motion in latent space",
    "What moves in an image moves alike in the tensors that a network makes of it, so that motion "
    "compensation works there.",
    (("headline.latent-motion-error", "error, random motion (NRMSE)"),
     ("headline.latent-motion-psnr", "the same as PSNR (dB)")),
    ("latent_motion_problem", "latent_motion_random"),
    ("latent_motion_problem", "latent_motion_residuals", "latent_motion_transforms",
     "latent_motion_random"), ())
TOPICS = (IMAGES, POINT_CLOUDS, LATENT_MOTION)
OTHERS = "Others"


def glances(topic: Topic, claims: Iterable[ClaimView]) -> list[Glance]:
    """The numbers of a topic that the audit knows."""
    known = {claim.name: claim for claim in claims}
    shown = [(words, known[name]) for name, words in topic.claims if name in known]
    return [Glance(words, claim, _short(claim, claim.recomputed), _short(claim, claim.measured))
            for words, claim in shown]


def grouped(views: Iterable[View], kind: str,
            stem: Callable[[View], str]) -> list[tuple[str, list[View]]]:
    """Tables or figures (`kind`) by topic, (title, members), in the topics' order.

    Those of no topic come last.
    """
    remaining = {stem(view): view for view in views}
    groups = []
    for topic in TOPICS:
        stems = topic.tables if kind == "table" else topic.figures
        members = [remaining.pop(name) for name in stems if name in remaining]
        groups.append((topic.title, members))
    groups.append((OTHERS, list(remaining.values())))
    return [group for group in groups if group[1]]


def _short(claim: ClaimView, side: Side | None) -> str:
    """A value in one digit more than its print has; a text stays as it is."""
    if side is None or not side.text:
        return ""
    digits = len(claim.printed.partition(".")[2]) + 1
    try:
        return f"{float(side.order):,.{digits}f}".replace("-", "−")
    except ValueError:
        return side.text
