"""Columns of the result files: name, type and meaning. Stations share this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcpc.errors import ResultError

EVIDENCE = ("measured", "recorded", "published")
STATUS = ("done", "skipped", "failed")


@dataclass(frozen=True)
class Column:
    """One column: its pandas type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str


RATE_ACCURACY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed, tmc13, draco, draco-best, octattention, ipdae"),
    "size": Column("string", "full, lite or micro for the proposed codec, else empty"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D (proposed codec only)"),
    "scale": Column("integer", "S, the scale before quantisation (input compression only)"),
    "setting": Column("string", "other settings of the codec, in its own words"),
    "samples": Column("integer", "test clouds behind the row"),
    "rate_bits": Column("float", "mean bits a cloud, counted as published (model estimate for learned codecs)"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again and checked"),
    "top1_percent": Column("float", "top-1 accuracy of the decoded stream, %"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured, recorded or published"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it"),
}

CLASSIFIER: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "model": Column("string", "pointnet"),
    "points": Column("integer", "P, points in the input cloud"),
    "samples": Column("integer", "test clouds behind the row"),
    "top1_percent": Column("float", "top-1 accuracy on uncompressed clouds, %"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

LATENT_MOTION: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "size_px": Column("integer", "side of the crop, pixels"),
    "network": Column("string", "resnet34, densenet121, efficientnet_lite0, factorized"),
    "weights": Column("string", "trained, or untrained as control"),
    "layer": Column("string", "name of the tensor"),
    "stride": Column("integer", "pixels from one position of the tensor to the next"),
    "offset_px": Column("float", "pixel at which the tensor's first position stands"),
    "field_px": Column("integer", "side of the receptive field by the layers' shapes, pixels"),
    "reach_px": Column("float", "pixels to either side that a position really depends on (config: reach_share)"),
    "lean_x_px": Column("float", "pixels from where a position stands to the middle of what it really depends on, along x"),
    "lean_y_px": Column("float", "the same along y"),
    "transform": Column("string", "translation, rotation, scale, shear, or random"),
    "value": Column("float", "px, degrees, factor, degrees; empty for random"),
    "samples": Column("integer", "transformed images behind the row"),
    "empty": Column("integer", "transformed images of which nothing was left to predict; not in the means"),
    "valid_percent": Column("float", "mean share of the tensor's positions that count, %"),
    "nrmse": Column("float", "mean error as a share of the tensor's range, over positions whose reach lies inside the frame"),
    "nrmse_std": Column("float", "standard deviation of the same over the transformed images"),
    "nrmse_still": Column("float", "as nrmse, of the reference tensor itself: what no motion compensation would give"),
    "nrmse_frame": Column("float", "as nrmse, but only what enters the frame left out"),
    "nrmse_field": Column("float", "as nrmse, but over positions whose whole receptive field lies inside the frame"),
    "empty_field": Column("integer", "transformed images of which the whole field leaves nothing"),
    "seed": Column("integer", "seed of the random motions and of untrained weights"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, or skipped where nothing could be measured"),
    "note": Column("string", "why skipped, and which command mends it"),
}

CRITICAL_POINTS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite or micro"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D"),
    "samples": Column("integer", "test clouds behind the row"),
    "critical_mean": Column("float", "mean number of critical points a cloud"),
    "critical_most": Column("integer", "largest number of critical points of a cloud"),
    "same_latent_percent": Column("float", "clouds whose critical points alone give the same latent to the last bit, %"),
    "same_stream_percent": Column("float", "clouds whose critical points alone give the same bytes, %"),
    "example": Column("string", "test cloud of the figure"),
    "example_class": Column("string", "its class"),
    "example_critical": Column("integer", "its number of critical points"),
    "stream_hex": Column("string", "its stream"),
    "critical_stream_hex": Column("string", "the stream of its critical points alone"),
    "decoded_class": Column("string", "class that its stream decodes to"),
    "critical_decoded_class": Column("string", "class that the stream of its critical points decodes to"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

RECONSTRUCTION: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite or micro"),
    "points": Column("integer", "P, points in the input cloud and in its reconstruction"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D of the codec"),
    "samples": Column("integer", "test clouds behind the row"),
    "rate_bits": Column("float", "mean bits a cloud, model estimate"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again and checked"),
    "chamfer": Column("float", "mean Chamfer distance to the input, squared lengths (the cloud's radius is 1)"),
    "example": Column("string", "test cloud of the figure"),
    "example_class": Column("string", "its class"),
    "example_rate_bits": Column("float", "bits of that cloud, model estimate"),
    "example_stream_bits": Column("integer", "bits of its real stream"),
    "example_chamfer": Column("float", "Chamfer distance of its reconstruction"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

LATENCY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite or micro"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D"),
    "samples": Column("integer", "test clouds behind the row"),
    "threads": Column("integer", "processor cores that the networks used"),
    "stream_bits": Column("float", "mean bits of a cloud's real stream"),
    "encode_s": Column("float", "cloud to bytes, median, seconds on this machine"),
    "decode_s": Column("float", "bytes to symbols, median, seconds on this machine"),
    "classify_s": Column("float", "symbols to class, median, seconds on this machine"),
    "input_codec": Column("string", "how the cloud goes to a server that does all the work: raw, draco"),
    "input_setting": Column("string", "its setting"),
    "input_bits": Column("float", "mean bits of a cloud sent that way"),
    "input_encode_s": Column("float", "cloud to these bits, median, seconds on this machine"),
    "input_decode_s": Column("float", "these bits to a cloud, median, seconds on this machine"),
    "network_s": Column("float", "PointNet (layers of size full) on a cloud, median, seconds on this machine"),
    "server_speedup": Column("float", "how many times faster than this machine the server is taken to be (config)"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

COMPLEXITY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite or micro"),
    "encoder_layer_sizes": Column("string", "output widths of g_a, the groups behind a stroke"),
    "decoder_layer_sizes": Column("string", "output widths of the classifier behind y_hat"),
    "encoder_weights": Column("integer", "weights of the convolutions of g_a"),
    "decoder_weights": Column("integer", "weights of the linear layers"),
    "trained_values": Column("integer", "all trained numbers: weights, biases, batch norm, gains, entropy model"),
    "encoder_macs_per_point": Column("integer", "multiply-accumulates of g_a for each point"),
    "decoder_macs": Column("integer", "multiply-accumulates of the classifier for each cloud"),
    "evidence": Column("string", "measured: counted on the built modules"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}

RATE_DISTORTION: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "codec": Column("string", "bmshj2018-factorized, ideal, balcilar2022, proposed, jpeg, jpeg2000, webp, avif"),
    "base": Column("string", "whose weights a learned codec stands on: compressai, or own with width, training, photographs"),
    "quality": Column("integer", "quality of the base, or the file format's own setting"),
    "setting": Column("string", "the same and other settings of the codec, in its own words"),
    "image_count": Column("integer", "test images behind the row"),
    "bpp": Column("float", "mean bits a pixel as the model estimates them, side information inside; empty for file formats"),
    "stream_bpp": Column("float", "mean bits a pixel, 8 x bytes of the real stream, decoded and checked; empty for ideal"),
    "side_bpp": Column("float", "mean bits a pixel of the side information, inside bpp; empty for file formats"),
    "psnr_rgb_db": Column("float", "PSNR over R, G, B of each image, then their mean, dB"),
    "ms_ssim_rgb": Column("float", "MS-SSIM of each image, then their mean; 0 to 1"),
    "ms_ssim_db": Column("float", "MS-SSIM of each image in dB, then their mean"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it; what a number leaves out"),
}

IMAGE_DISTRIBUTIONS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "base": Column("string", "as in rate_distortion"),
    "quality": Column("integer", "quality of the base"),
    "image": Column("string", "name of the image"),
    "channels": Column("integer", "M_y, channels of the latent, one distribution each"),
    "latent_height": Column("integer", "H_y, rows of the latent"),
    "latent_width": Column("integer", "W_y, columns of the latent"),
    "bins": Column("integer", "B, bins of width 1 a distribution"),
    "ideal_bpp": Column("float", "bits a pixel of y coded with the image's own distributions p"),
    "static_bpp": Column("float", "the same with the base's static distributions"),
    "proposed_bpp": Column("float", "the same with the adapted distributions, without their side information"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

IMAGE_COMPLEXITY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "model": Column("string", "proposed or bmshj2018-hyperprior"),
    "configuration": Column("string", "settings, as Table 2.3 writes them"),
    "analysis_params": Column("integer", "weights of the convolutions of h_a,q or h_a"),
    "analysis_macs_per_pixel": Column("float", "multiply-accumulates of one pass over the pixels of a 768 x 512 image"),
    "synthesis_params": Column("integer", "weights of the convolutions of h_s,q or h_s"),
    "synthesis_macs_per_pixel": Column("float", "multiply-accumulates of one pass over the pixels of a 768 x 512 image"),
    "total_params_without": Column("integer", "parameters of bmshj2018-factorized of that M_y"),
    "total_params_with": Column("integer", "the same with the weights of h_a,q and h_s,q"),
    "evidence": Column("string", "measured: counted on the built modules"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}

ARCHITECTURE: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "model": Column("string", "proposed, pointnet, reconstruction, bmshj2018-factorized, bmshj2018-hyperprior, distribution"),
    "configuration": Column("string", "full, lite or micro for point clouds; low or high rate for images, own for a run's own"),
    "part": Column("string", "g_a, gain, entropy model, decoder gain, classifier, decoder, g_s, h_a, h_s, h_a,q, h_s,q, ..."),
    "index": Column("integer", "place of the layer in the order in which a value passes the network, from 0"),
    "module": Column("string", "dotted name of the built module or parameter; layers of one block share it"),
    "layer": Column("string", "Conv1d, ConvTranspose2d, Linear, BN, ReLU, GDN, max-pool, gain, dropout, channel shuffle, ..."),
    "c_in": Column("integer", "channels before the layer"),
    "c_out": Column("integer", "channels behind the layer"),
    "kernel": Column("string", "size of the kernel, as `5 x 5`; empty without one"),
    "stride": Column("integer", "stride of a convolution, up where transposed, else empty"),
    "groups": Column("integer", "groups of a convolution or channel shuffle, else empty"),
    "input_shape": Column("string", "shape before the layer without the batch, as `3 x 1024`; images are 64 x 64 pixels"),
    "output_shape": Column("string", "shape behind the layer, likewise"),
    "weights": Column("integer", "weights of a convolution, linear layer or GDN without biases, else 0"),
    "setting": Column("float", "rate of a dropout, constant factor of a gain, else empty"),
    "evidence": Column("string", "measured: read off the built modules"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}

KINDS: Mapping[str, Mapping[str, Column]] = {
    "rate_accuracy": RATE_ACCURACY, "classifier": CLASSIFIER, "latent_motion": LATENT_MOTION,
    "critical_points": CRITICAL_POINTS, "reconstruction": RECONSTRUCTION, "latency": LATENCY, "complexity": COMPLEXITY,
    "rate_distortion": RATE_DISTORTION, "image_distributions": IMAGE_DISTRIBUTIONS, "image_complexity": IMAGE_COMPLEXITY,
    "architecture": ARCHITECTURE,
}
BUILT = frozenset({"architecture"})
"""Kinds that are read off built networks and need neither data nor training: run `published` has them too."""
TIMED = frozenset({"latency"})
"""Kinds whose rows hold times: two equal runs differ in them, so nothing compares their bytes."""


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of result file. Raises ResultError for a kind that is not known."""
    if kind not in KINDS:
        raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(KINDS)}")
    return KINDS[kind]
