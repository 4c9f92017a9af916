"""Measured values of image codecs are compared with print on its own images and weights only."""

import pytest

from lcpc.audit.check import audit, facts
from lcpc.audit.files import TableCache
from lcpc.audit.values import Verdict

COLUMNS = ["run", "images", "codec", "base", "quality", "bpp", "status"]
COMPARABLE = "images=kodak,base=compressai"


def image_rows(project, images="kodak", base="compressai", codec="proposed", status="done"):
    file = f"results/mini/rate_distortion/{codec}_q1.csv"
    project.csv(
        file,
        COLUMNS,
        [
            {
                "run": "mini",
                "images": images,
                "codec": codec,
                "base": base,
                "quality": "1",
                "bpp": "0.11",
                "status": status,
            }
        ],
    )
    project.write(file.replace(".csv", ".json"), "{}")


@pytest.mark.parametrize(
    ("images", "base", "told"),
    [
        ("photos", "compressai", "images is photos, the documents' is kodak"),
        ("kodak", "own, N=64 M=192", "base is own, N=64 M=192, the documents' is compressai"),
    ],
)
def test_other_images_or_weights_are_not_comparable_and_say_which(measured, images, base, told):
    measured.claims(comparable=COMPARABLE)
    image_rows(measured, images, base)
    finding = audit(measured.root, "mini")[0]
    assert finding.verdict is Verdict.NOT_COMPARABLE
    assert told in finding.note


def test_the_documents_images_and_weights_are_held_against_print(measured):
    measured.claims(comparable=COMPARABLE)
    image_rows(measured)
    assert audit(measured.root, "mini")[0].verdict is Verdict.AGREES
    measured.claims(comparable=COMPARABLE, measured_tolerance="0.1")
    assert audit(measured.root, "mini")[0].verdict is Verdict.DRIFT


def test_images_beside_clouds_leave_the_claims_on_clouds_as_they_are(measured):
    before = audit(measured.root, "mini")[0].verdict
    image_rows(measured, "photos", "own")
    assert audit(measured.root, "mini")[0].verdict is before


def test_file_formats_and_skipped_rows_say_nothing_of_the_base(measured):
    image_rows(measured)
    image_rows(measured, "photos", "", codec="jpeg")
    image_rows(measured, "photos", "own", codec="ideal", status="skipped")
    found = facts(TableCache(measured.root), "mini")
    assert (found["images"], found["base"]) == (frozenset({"kodak"}), frozenset({"compressai"}))
