"""Causes, estimates and plans of hand-made job graphs."""

import dataclasses
import json
from types import SimpleNamespace

import pytest

from lcpc import config, experiments, training
from lcpc.jobs import Job
from lcpc.planning import graph, plan, snake, words
from lcpc.planning.causes import causes, counted, downstream
from lcpc.planning.estimates import KEPT, PAST, SCALED, UNKNOWN, Estimate, estimates, read_benchmark
from lcpc.planning.graph import PlannedJob, Reason, in_order
from lcpc.planning.plan import Plan
from lcpc.results.provenance import value_digest

HEADER = "s\th:m:s\tmax_rss\tmax_vms\n"


def job(number, rule="table", needs=(), runs=True, threads=1, **fields):
    name = fields.pop("name", f"j{number}")
    path = f"benchmarks/demo/{rule}/{name}.tsv"
    return PlannedJob(
        number,
        rule,
        f"{rule} {name}",
        (f"out/{number}.csv",),
        needs=tuple(needs),
        runs=runs,
        threads=threads,
        benchmark=path,
        **fields,
    )


def missing(number, **fields):
    return job(number, reason=Reason(missing=(f"out/{number}.csv",)), **fields)


def benchmark(root, path, seconds, memory):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{HEADER}{seconds}\t0:00:01\t{memory}\t9\n")


def times(**seconds):
    return {int(name[1:]): Estimate(value, 100.0, 10, PAST, "") for name, value in seconds.items()}


def shown(jobs):
    return [(cause.words, list(cause.jobs)) for cause in causes(jobs)]


def test_jobs_are_counted_by_station():
    rules = ["train_proposed", "train_classifier", "evaluate_latency", "table", "odd"]
    jobs = [job(number, rule) for number, rule in enumerate(rules)]
    assert counted(jobs) == "2 trainings, 1 measurement, 1 table, 1 job"


def test_jobs_come_after_those_that_they_wait_for():
    jobs = [job(1, needs=[3]), job(2), job(3, needs=[2])]
    assert [each.id for each in in_order(jobs)] == [2, 3, 1]


def test_what_follows_from_a_job_is_what_waits_for_it_and_would_run():
    jobs = [job(1), job(2, needs=[1]), job(3, needs=[2]), job(4, needs=[1], runs=False), job(5)]
    assert downstream(jobs, [1]) == (1, 2, 3)


def test_one_cause_of_several_jobs_is_one_line():
    jobs = [missing(1), missing(2), job(3, needs=[1])]
    assert shown(jobs) == [("not there yet", [1, 2, 3])]


def test_files_that_lead_to_the_same_jobs_share_a_line():
    newer = {1: ("a", "b"), 2: ("a", "b"), 3: ("d",)}
    jobs = [job(number, reason=Reason(newer=files)) for number, files in newer.items()]
    assert shown(jobs) == [
        ("newer than what was made from it: a, b", [1, 2]),
        ("newer than what was made from it: d", [3]),
    ]


def test_inputs_that_came_and_went_are_named():
    reason = Reason(added=("data/mine/chair/chair_2.off",), removed=tuple("abcdefg"))
    assert [words for words, _ in shown([job(1, reason=reason)])] == [
        "inputs added: data/mine/chair/chair_2.off",
        "inputs removed: a, b, c, d and 3 more",
    ]


def test_settings_that_changed_are_named_with_both_values():
    old = {"seed": 1, "training": {"epochs": 20}, "lambdas": [1, 2]}
    new = {"seed": 1, "training": {"epochs": 40, "batch": 8}, "lambdas": [1, 2]}
    reason = Reason(old={"values": old}, new={"values": new})
    assert shown([job(1, reason=reason)]) == [
        ("config: training.batch none -> 8, training.epochs 20 -> 40", [1])
    ]


def test_modules_that_changed_are_named_by_their_files():
    old = {"lcpc.units": "a", "lcpc.results": "b", "lcpc.log": "c"}
    new = {"lcpc.units": "z", "lcpc.results": "y", "lcpc.new": "x", "lcpc.log": "c"}
    reason = Reason(old={"code": old}, new={"code": new})
    assert shown([job(1, reason=reason)]) == [
        ("lcpc/results/__init__.py, lcpc/units.py changed", [1])
    ]


def test_modules_that_only_came_or_went_are_named_too():
    reason = Reason(old={"code": {"lcpc.gone": "a"}}, new={"code": {"lcpc.units": "b"}})
    assert shown([job(1, reason=reason)]) == [("lcpc/gone.py, lcpc/units.py changed", [1])]


def test_a_record_of_another_kind_is_admitted():
    reason = Reason(old={"param": "0123abc"}, new={"code": {"lcpc.units": "b"}})
    assert shown([job(1, "train_proposed", reason=reason)]) == [
        ("code or config of train proposed changed; there is no record of what it was", [1])
    ]


def test_recorded_params_get_their_names_back():
    recorded = [repr({"seed": 1, "scale": float("inf")}), repr({"lcpc.units": "ab"}), "'text'"]
    named = snake._by_name(recorded)
    assert named["code"] == {"lcpc.units": "ab"}
    assert snake._by_name([repr({"seed": 1})]) == {"values": {"seed": 1}}
    assert snake._by_name(["'text'"]) == {"param": "text"}
    assert snake._by_name(["{'a': nan}"]) == {"param": "{'a': nan}"}


def test_time_and_memory_are_those_of_the_past(tmp_path):
    benchmark(tmp_path, "benchmarks/demo/table/bd.tsv", 12.5, 300)
    costs = estimates(tmp_path, [missing(1, name="bd"), job(2, name="rest", runs=False)])
    assert costs == {1: Estimate(12.5, 300.0, None, PAST, "benchmarks/demo/table/bd.tsv")}


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """A run `demo` that trains at three P and measures one of them."""
    work = {"micro_P64": 64.0, "micro_P512": 512.0, "micro_P1024": 1024.0}
    trainings = [
        Job("demo", "lcpc.training.proposed", f"checkpoints/demo/{name}.pt", "", work=count)
        for name, count in work.items()
    ]
    rows = "results/demo/latency/micro_P64.csv"
    measured = [Job("demo", "lcpc.experiments.latency", rows, "", work=5.0)]
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "demo.yaml").touch()
    monkeypatch.setattr(config, "load_all", lambda root: ({"demo": "demo"}, {}))
    monkeypatch.setattr(training, "jobs", lambda settings, root: trainings)
    monkeypatch.setattr(experiments, "jobs", lambda settings, root: measured)
    return tmp_path


def test_a_job_that_never_ran_is_scaled_from_the_nearest_of_its_rule(listed):
    benchmark(listed, "benchmarks/demo/train_proposed/micro_P64.tsv", 10, 300)
    benchmark(listed, "benchmarks/demo/train_proposed/micro_P512.tsv", 100, 400)
    costs = estimates(listed, [missing(1, rule="train_proposed", name="micro_P1024")])
    assert costs[1].seconds == pytest.approx(200)
    assert costs[1].basis == SCALED
    assert costs[1].source == "benchmarks/demo/train_proposed/micro_P512.tsv x 2"


def test_kept_weights_take_seconds_whatever_their_training_took(listed):
    benchmark(listed, "benchmarks/demo/train_proposed/micro_P64.tsv", 4000, 300)
    jobs = [missing(1, rule="train_proposed", name="micro_P64"),
            missing(2, rule="train_proposed", name="micro_P512")]
    costs = estimates(listed, jobs, ["out/1.csv"])
    assert (costs[1].seconds, costs[1].basis) == (5, KEPT)
    assert costs[2].basis == SCALED
    made = dataclasses.replace(plan_of(jobs, costs), taken=["out/1.csv"])
    text = "\n".join(words.lines(made, every_job=True))
    assert "1 job scaled from similar jobs, 1 job with kept weights" in text
    assert "train_proposed micro_P64: 5.0 s (kept weights)" in text
    assert "  taken from the repository (lcpc keep), not trained: 1 file of weights" in text


def test_times_of_jobs_that_no_run_lists_any_more_are_not_scaled(listed):
    benchmark(listed, "benchmarks/demo/train_proposed/large_P64.tsv", 10, 300)
    costs = estimates(listed, [missing(1, rule="train_proposed", name="micro_P1024")])
    assert costs[1].basis == UNKNOWN


def test_a_table_takes_as_long_as_another(listed):
    benchmark(listed, "benchmarks/demo/table/bd.tsv", 3, 300)
    assert estimates(listed, [missing(1)])[1].seconds == 3


def test_a_job_like_none_before_has_no_time(listed):
    costs = estimates(listed, [missing(1)])
    assert (costs[1].seconds, costs[1].basis) == (None, UNKNOWN)


@pytest.mark.parametrize(
    "text", ["", "s\th:m:s\n", f"{HEADER}-\t-\t-\t-\n", f"{HEADER}nan\t0\tinf\t1\n", "\x00\xff"]
)
def test_a_benchmark_without_a_time_is_left_out(tmp_path, text):
    (tmp_path / "odd.tsv").write_text(text)
    assert read_benchmark(tmp_path, "odd.tsv") is None


def test_disk_is_what_is_there_or_what_the_rule_usually_writes(listed):
    (listed / "out").mkdir()
    (listed / "out" / "1.csv").write_bytes(b"x" * 100)
    costs = estimates(listed, [job(1), missing(2), missing(3, rule="figure")])
    assert [costs[number].disk_bytes for number in (1, 2, 3)] == [100, 100, None]


def plan_of(jobs, costs, cores=2):
    return Plan(("demo",), cores, jobs, estimates=costs, free_bytes=2**30)


def test_the_time_is_that_of_the_longest_chain_on_many_cores():
    jobs = [job(1), job(2, needs=[1]), job(3), job(4, needs=[2, 3])]
    planned = plan_of(jobs, times(j1=10, j2=5, j3=12, j4=1), cores=8)
    assert (planned.seconds, planned.chain_seconds) == (16, 16)


def test_fewer_cores_take_longer_and_less_memory():
    jobs, costs = [job(number) for number in (1, 2, 3, 4)], times(j1=10, j2=10, j3=10, j4=10)
    plans = [plan_of(jobs, costs, cores) for cores in (1, 2, 4)]
    assert [(each.seconds, each.memory_mib) for each in plans] == [(40, 100), (20, 200), (10, 400)]


def test_a_job_with_more_threads_than_cores_takes_them_all():
    jobs = [job(1, threads=4), job(2, threads=1)]
    assert plan_of(jobs, times(j1=10, j2=6)).seconds == 13


def test_jobs_that_are_up_to_date_take_no_time():
    assert plan_of([job(1, runs=False), job(2, needs=[1])], times(j2=5)).seconds == 5


def test_the_exit_code_tells_stale_from_absent():
    stale, absent = job(1), missing(2)
    assert plan_of([stale, absent], times(j1=1, j2=1)).exit_code == 3
    assert plan_of([absent], times(j2=1)).exit_code == 4
    assert plan_of([dataclasses.replace(stale, runs=False)], {}).exit_code == 0


OLD, NEW = {"lcpc.units": "old"}, {"lcpc.units": "new"}


@pytest.mark.parametrize(
    ("rule", "recorded", "code"),
    [
        ("table", json.dumps({"code": value_digest(OLD)}), 3),
        ("table", json.dumps({"code": value_digest(NEW)}), 0),
        ("evaluate_latency", json.dumps({"code": "old"}), 0),
        ("figure", "no json", 0),
    ],
)
def test_what_is_kept_without_a_record_is_stale_if_its_own_json_says_so(
    tmp_path, monkeypatch, rule, recorded, code
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.json").write_text(recorded)
    outputs = ("out/1.csv", "out/1.json")
    kept = dataclasses.replace(job(1, rule, runs=False, code=NEW), outputs=outputs)
    monkeypatch.setattr(plan.graph, "read", lambda *_: [kept])
    planned = plan.make(tmp_path, ["demo"], 2)
    assert planned.exit_code == code
    text = "\n".join(words.lines(planned))
    if code:
        assert text.startswith(
            "demo: nothing would run, but 1 table out of date, nothing up to date"
        )
        assert "snakemake --cores 2 demo --forcerun table" in text
        assert words.plain(planned)["outdated"] == ["table j1"]
    else:
        assert text.startswith("demo: nothing to do, 1 ")


def test_unknown_times_make_it_at_least():
    planned = plan_of([missing(1), missing(2)], {**times(j1=100), 2: Estimate()})
    text = "\n".join(words.lines(planned, every_job=True))
    assert "at least 1 min 40 s; 1 job from their own past, 1 job never run, so not counted" in text
    assert "10 B or more written" in text
    assert "  table j2: unknown (never run, nor anything like it)" in text


def test_the_plan_for_programs_is_plain_json():
    content = words.plain(plan_of([missing(1), job(2, runs=False)], times(j1=100)))
    again = json.loads(json.dumps(content))
    assert [each["title"] for each in again["jobs"]] == ["table j1"]
    assert again["jobs"][0]["estimate"]["seconds"] == 100
    assert (again["exit_code"], again["up_to_date"], again["seconds"]) == (4, 1, 100)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0.4 s"), (59.4, "59 s"), (59.9, "1 min 00 s"), (61, "1 min 01 s"), (7500, "2 h 05 min")]
)
def test_durations_are_said_as_people_say_them(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(12, "12 B"), (2048, "2.0 KiB"), (300 * 2**20, "300 MiB"), (2**43, "8192 GiB")],
)
def test_sizes_are_said_as_people_say_them(count, text):
    assert words.size(count) == text


def test_a_project_that_cannot_be_written_to_is_planned_beside_it(tmp_path, monkeypatch):
    (tmp_path / "Snakefile").touch()
    record = tmp_path / ".snakemake" / "metadata" / "abc"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    monkeypatch.setattr(graph.os, "access", lambda path, mode: False)
    with graph.writable(tmp_path) as folder:
        assert folder != tmp_path
        assert (folder / "Snakefile").resolve() == tmp_path / "Snakefile"
        assert (folder / ".snakemake" / "metadata" / "abc").read_text() == "{}"
        assert not (folder / ".snakemake").is_symlink()
    assert not folder.exists()
    monkeypatch.undo()
    with graph.writable(tmp_path) as folder:
        assert folder == tmp_path


@pytest.mark.parametrize("text", ["[" * 100_000, '{"code": "\\ud800"}', "[]", "{", "\0"])
def test_a_hostile_json_of_a_product_names_no_code(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert plan._recorded_code(tmp_path, SimpleNamespace(outputs=["x.csv", "x.json"])) == ""
