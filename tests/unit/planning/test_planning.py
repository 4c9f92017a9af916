"""Causes, estimates and schedules of hand-made plans, and the book behind the words."""

import dataclasses

import pytest

from lcpc import config
from lcpc.planning import book, plan, words
from lcpc.planning.causes import causes, counted
from lcpc.planning.estimates import PAST, SCALED, UNKNOWN, Estimate, estimates, read_benchmark
from lcpc.planning.graph import Job, Reason, downstream
from lcpc.planning.plan import Plan, exit_code
from lcpc.planning.schedule import schedule
from lcpc.planning.work import work
from lcpc.results.fingerprint import definitions, fingerprint

HEADER = "s\th:m:s\tmax_rss\tmax_vms\n"


def job(number, rule="table", needs=(), runs=True, threads=1, **more):
    name = more.pop("name", f"j{number}")
    return Job(number, rule, f"{rule} {name}", (f"out/{number}.csv",), needs=tuple(needs), runs=runs, threads=threads,
               wildcards=(("run", "demo"),), benchmark=f"benchmarks/demo/{rule}/{name}.tsv", **more)


def missing(number, **more):
    return job(number, reason=Reason(missing=(f"out/{number}.csv",)), **more)


def benchmark(root, path, seconds, memory):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{HEADER}{seconds}\t0:00:01\t{memory}\t9\n")


def times(**seconds):
    return {int(number[1:]): Estimate(value, 100.0, 10, PAST, "") for number, value in seconds.items()}


def test_jobs_are_counted_by_station():
    jobs = [job(1, "train_proposed"), job(2, "train_pointnet"), job(3, "evaluate_latency"), job(4), job(5, "odd")]
    assert counted(jobs) == "2 trainings, 1 measurement, 1 table, 1 job"


def test_what_follows_from_a_job_is_what_waits_for_it_and_would_run():
    jobs = [job(1), job(2, needs=[1]), job(3, needs=[2]), job(4, needs=[1], runs=False), job(5)]
    assert downstream(jobs, [1]) == {1, 2, 3}


def test_one_cause_of_several_jobs_is_one_line(tmp_path):
    found = causes(tmp_path, [missing(1), missing(2), job(3, needs=[1], reason=Reason(remade=("out/1.csv",)))])
    assert [(cause.words, sorted(cause.jobs)) for cause in found] == [("not there yet", [1, 2, 3])]


def test_causes_behind_the_same_jobs_share_a_line(tmp_path):
    reason = Reason(incomplete=("a",), newer=("b",))
    [cause] = causes(tmp_path, [job(1, reason=reason)])
    assert cause.words == "left unfinished by a killed or failed job; newer than what was made of it: b"


def test_newer_files_that_share_a_reader_are_one_cause_and_others_their_own(tmp_path):
    newer = {1: ("a", "b"), 2: ("b", "c"), 3: ("d",)}
    jobs = [job(number, reason=Reason(newer=files)) for number, files in newer.items()]
    assert [(cause.words, sorted(cause.jobs)) for cause in causes(tmp_path, jobs)] == [
        ("newer than what was made of them: a, b, c", [1, 2]), ("newer than what was made of it: d", [3])]


def test_a_long_list_of_files_is_cut_short(tmp_path):
    [cause] = causes(tmp_path, [job(1, reason=Reason(inputs_changed=tuple("abcdefg")))])
    assert cause.words == "inputs came or went: a, b, c, d and 3 more"


def test_the_book_names_settings_that_changed(tmp_path):
    book.note_settings(tmp_path, "old", {"seed": 1, "proposed": {"training": {"epochs": 20}, "lambdas": [1, 2]}})
    book.note_settings(tmp_path, "new", {"seed": 1, "proposed": {"training": {"epochs": 40, "batch": 8}, "lambdas": [1, 2]}})
    changes = book.changed_settings(tmp_path, "old", "new")
    assert [change.words() for change in changes] == [
        "proposed.training.epochs 20 -> 40", "proposed.training.batch default -> 8"]


def test_the_book_admits_what_it_does_not_know(tmp_path):
    assert book.changed_settings(tmp_path, "old", "new") is None
    assert book.changed_code(tmp_path, "old", "new") is None
    (tmp_path / ".lcpc" / "code").mkdir(parents=True)
    (tmp_path / ".lcpc" / "code" / "old.json").write_text("no JSON")
    assert book.changed_code(tmp_path, "old", "old") is None


def test_noting_code_gives_its_fingerprint_and_writes_it_down_once(tmp_path):
    digest = book.note_code(tmp_path, "lcpc.units")
    assert digest == fingerprint("lcpc.units")
    [entry] = (tmp_path / ".lcpc" / "code").iterdir()
    before = entry.stat().st_mtime_ns
    book.note_code(tmp_path, "lcpc.units")
    assert entry.stat().st_mtime_ns == before
    assert book.changed_code(tmp_path, digest, digest) == {}


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path):
    (tmp_path / ".lcpc").write_text("a file where the folder should be")
    assert book.note_code(tmp_path, "lcpc.units") == fingerprint("lcpc.units")


def test_definitions_are_functions_methods_and_constants():
    found = definitions("lcpc.planning.book")
    assert {"note_code", "Change", "Change.words", "FOLDER", "Change.path"} <= found.keys()


def test_time_and_memory_are_those_of_the_past(tmp_path):
    benchmark(tmp_path, "benchmarks/demo/table/bd.tsv", 12.5, 300)
    found = estimates(tmp_path, [missing(1, name="bd"), job(2, name="rest", runs=False)])
    assert found == {1: Estimate(12.5, 300.0, None, PAST, "benchmarks/demo/table/bd.tsv")}


def test_a_job_that_never_ran_is_scaled_from_the_nearest_of_its_rule(tmp_path, root, monkeypatch):
    monkeypatch.setattr(config, "load", lambda folder, run: settings())
    benchmark(tmp_path, "benchmarks/demo/train_proposed/micro_P64.tsv", 10, 300)
    benchmark(tmp_path, "benchmarks/demo/train_proposed/micro_P512.tsv", 100, 400)
    [found] = estimates(tmp_path, [missing(1, rule="train_proposed", name="micro_P1024")]).values()
    assert found.seconds == pytest.approx(200)
    assert found.basis == SCALED
    assert found.source == "benchmarks/demo/train_proposed/micro_P512.tsv x 2"


def settings():
    return config.parse({"dataset": {"name": "shapes40"}, "proposed": [{"points": [64, 512, 1024]}]}, "demo", "here")


def test_a_job_like_none_before_has_no_time(tmp_path):
    [found] = estimates(tmp_path, [missing(1)]).values()
    assert (found.seconds, found.basis) == (None, UNKNOWN)


def test_the_past_is_scaled_where_a_setting_that_time_follows_changed(tmp_path):
    book.note_settings(tmp_path, "old", {"proposed": {"training": {"epochs": 20}}})
    book.note_settings(tmp_path, "new", {"proposed": {"training": {"epochs": 40}}})
    benchmark(tmp_path, "benchmarks/demo/train_proposed/micro_P64.tsv", 10, 300)
    stale = job(1, "train_proposed", name="micro_P64", settings="new", reason=Reason(old_params=("old",), new_params=("new",)))
    assert estimates(tmp_path, [stale])[1].seconds == 20
    assert [cause.words for cause in causes(tmp_path, [stale])] == ["config/demo.yaml: proposed.training.epochs 20 -> 40"]


@pytest.mark.parametrize("text", ["", "s\th:m:s\n", f"{HEADER}-\t-\t-\t-\n", f"{HEADER}nan\t0\tinf\t1\n", "\x00\xff"])
def test_a_benchmark_that_says_nothing_is_none(tmp_path, text):
    (tmp_path / "odd.tsv").write_text(text)
    assert read_benchmark(tmp_path, "odd.tsv") is None


def test_disk_is_what_is_there_or_what_the_rule_usually_writes(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.csv").write_bytes(b"x" * 100)
    found = estimates(tmp_path, [job(1), missing(2), missing(3, rule="figure")])
    assert [found[number].disk_bytes for number in (1, 2, 3)] == [100, 100, None]


def test_work_grows_with_points_epochs_and_lambdas():
    one = settings()
    assert work(one, "train_proposed", "micro_P1024") == 16 * work(one, "train_proposed", "micro_P64")
    assert work(one, "train_proposed", "micro_P8") is None
    assert work(one, "train_pointnet", "P64") is None
    assert work(one, "table", "anything") == 1


def test_work_of_images_grows_with_steps_and_widths():
    images = {"qualities": [1, 2, 6], "base_steps": 3000, "warm_steps": 1000, "distribution_steps": 500}
    one = config.parse({"images": images}, "demo", "here")
    assert work(one, "train_image_base", "q1") == 3 * work(one, "train_image_base", "q2")
    assert work(one, "train_distribution", "q6") == 4 * work(one, "train_distribution", "q1")
    assert work(one, "train_image_base", "q7") is None
    assert work(one, "evaluate_image_codec", "proposed_q6") > work(one, "evaluate_image_codec", "proposed_q1")


def test_the_critical_path_is_the_longest_chain():
    jobs = [job(1), job(2, needs=[1]), job(3), job(4, needs=[2, 3])]
    found = schedule(jobs, times(j1=10, j2=5, j3=12, j4=1), cores=8)
    assert (found.path, found.path_seconds, found.seconds) == ((1, 2, 4), 16, 16)


def test_fewer_cores_take_longer_and_less_memory():
    jobs = [job(number) for number in (1, 2, 3, 4)]
    costs = times(j1=10, j2=10, j3=10, j4=10)
    assert [(schedule(jobs, costs, cores).seconds, schedule(jobs, costs, cores).peak_mib) for cores in (1, 2, 4)] == [
        (40, 100), (20, 200), (10, 400)]


def test_a_job_with_more_threads_than_cores_runs_alone():
    jobs = [job(1, threads=4), job(2, threads=1)]
    assert schedule(jobs, times(j1=10, j2=5), cores=2).seconds == 15


def test_jobs_that_are_up_to_date_take_no_time():
    assert schedule([job(1, runs=False), job(2, needs=[1])], times(j2=5), cores=2).seconds == 5


def plan_of(jobs, costs):
    return Plan(("demo",), 2, tuple(jobs), (), costs, schedule(jobs, costs, 2), (), (), (), 0, 2**30)


def test_the_exit_code_tells_stale_from_absent():
    stale, absent = job(1), missing(2)
    assert exit_code(plan_of([stale, absent], times(j1=1, j2=1))) == 3
    assert exit_code(plan_of([absent], times(j2=1))) == 4
    assert exit_code(plan_of([dataclasses.replace(stale, runs=False)], {})) == 0


def kept(number, rule, code):
    return dataclasses.replace(job(number, rule, runs=False, code=code), outputs=(f"out/{number}.csv", f"out/{number}.json"))


@pytest.mark.parametrize(("rule", "told", "code"), [("table", '{"code": "old"}', 3), ("table", '{"code": "new"}', 0),
                                                    ("evaluate_latency", '{"code": "old"}', 0), ("figure", "no json", 0)])
def test_what_is_kept_for_want_of_a_record_is_stale_by_its_own_word(tmp_path, monkeypatch, rule, told, code):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.json").write_text(told)
    monkeypatch.setattr(plan.graph, "read", lambda *_: [kept(1, rule, "new")])
    found = plan.make(tmp_path, ["demo"], 2)
    assert exit_code(found) == code
    text = "\n".join(words.lines(found))
    if code:
        assert text.startswith("demo: nothing would run, but 1 table out of date, nothing up to date")
        assert "snakemake --cores 2 demo --forcerun table" in text
        assert words.plain(found)["outdated"] == ["table j1"]
    else:
        assert text.startswith("demo: nothing to do, 1 ")


def test_unknown_times_make_it_at_least():
    text = "\n".join(words.lines(plan_of([missing(1), missing(2)], {**times(j1=100), 2: Estimate()}), every_job=True))
    assert "at least 1 min 40 s; 1 job from their own past, 1 job never run, so not counted" in text
    assert "10 B or more written" in text
    assert "  table j2: unknown (never run, and nothing like it was)" in text


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (7500, "2 h 05 min")])
def test_durations_are_said_as_people_say_them(seconds, shown):
    assert words.duration(seconds) == shown


@pytest.mark.parametrize(("count", "shown"), [(12, "12 B"), (2048, "2.0 KiB"), (300 * 2**20, "300 MiB"), (2**43, "8192 GiB")])
def test_sizes_are_said_as_people_say_them(count, shown):
    assert words.size(count) == shown
