"""What crates must have, by RO-Crate 1.1 and the profiles of workflow runs, without their validator.

Each rule yields the names of entities that break it; crates with one thing spoiled show that it
can. The rules are those of severity `required` of roc-validator's profiles ro-crate-1.1,
process-run-crate-0.5, workflow-ro-crate-1.0, workflow-run-crate-0.5 and provenance-run-crate-0.5,
as far as they speak of what lcpc writes.
"""

import json
import re
import zipfile
from copy import deepcopy

import pytest

from lcpc.audit import crate

RUN = "published"
TERMS = {
    "@id", "@type", "about", "actionStatus", "author", "conformsTo", "contentSize", "datePublished",
    "description", "encodingFormat", "endTime", "hasPart", "identifier", "instrument", "license",
    "mainEntity", "mentions", "name", "object", "position", "programmingLanguage", "publisher",
    "result", "sha256", "softwareVersion", "startTime", "step", "url", "version", "workExample"}
TYPES = {
    "ComputationalWorkflow", "ComputerLanguage", "CreateAction", "CreativeWork", "Dataset", "File",
    "HowTo", "HowToStep", "Organization", "SoftwareApplication", "SoftwareSourceCode"}
"""Terms of the two contexts that lcpc uses."""
PROGRAMS = {"SoftwareApplication", "SoftwareSourceCode", "ComputationalWorkflow"}
PROFILES = ("ro/wfrun/process", "ro/wfrun/workflow", "ro/wfrun/provenance",
            "workflowhub/workflow-ro-crate")
DAY = r"\d{4}-\d{2}-\d{2}"


def listed(value):
    return value if isinstance(value, list) else [value]


class Crate:
    """The graph of a crate, and the names of the files in it."""

    def __init__(self, document, files):
        self.document, self.files = document, files
        self.entities = {entity.get("@id"): entity for entity in document["@graph"]}
        self.root = self.entities.get("./", {})
        self.main = self.entities.get(next(self.linked(self.root, "mainEntity"), ""), {})

    def linked(self, entity, name):
        for value in listed(entity.get(name, [])):
            yield value["@id"] if isinstance(value, dict) else value

    def types(self, name):
        return set(listed(self.entities.get(name, {}).get("@type", [])))

    def of_type(self, *types):
        return [entity for name, entity in self.entities.items() if self.types(name) & set(types)]


def entities_have_names_and_types(of):
    for entity in of.document["@graph"]:
        if not entity.get("@id") or not entity.get("@type"):
            yield entity.get("@id", "without @id")


def the_graph_is_flat(of):
    for entity in of.document["@graph"]:
        for value in entity.values():
            for item in listed(value):
                if isinstance(item, dict) and set(item) != {"@id"}:
                    yield entity["@id"]


def terms_are_those_of_the_contexts(of):
    if of.document["@context"] != crate.CONTEXT:
        yield "@context"
    for name, entity in of.entities.items():
        yield from set(entity) - TERMS
        yield from of.types(name) - TYPES


def the_descriptor_is_of_the_root(of):
    entity = of.entities.get(crate.METADATA, {})
    if of.types(crate.METADATA) != {"CreativeWork"} or entity.get("about") != {"@id": "./"}:
        yield crate.METADATA
    if crate.CRATE not in of.linked(entity, "conformsTo"):
        yield "conformsTo"


def the_root_says_what_it_is(of):
    if of.types("./") != {"Dataset"}:
        yield "@type"
    for name in ("name", "description"):
        if not isinstance(of.root.get(name), str) or not of.root[name]:
            yield name
    if not re.fullmatch(DAY, str(of.root.get("datePublished"))):
        yield "datePublished"
    licences = list(of.linked(of.root, "license"))
    if not licences or not set(licences) <= set(of.entities):
        yield "license"


def the_root_conforms_to_the_profiles(of):
    claimed = list(of.linked(of.root, "conformsTo"))
    yield from (name for name in claimed if "CreativeWork" not in of.types(name))
    for profile in PROFILES:
        if not any(name.startswith(f"https://w3id.org/{profile}/") for name in claimed):
            yield profile


def files_are_parts_of_the_root_and_there(of):
    parts = set(of.linked(of.root, "hasPart"))
    described = {entity["@id"] for entity in of.of_type("File")}
    yield from parts ^ described
    yield from described - of.files


def the_workflow_is_one_in_a_language(of):
    types = set(listed(of.main.get("@type", [])))
    if types != {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"}:
        yield "@type"
    languages = list(of.linked(of.main, "programmingLanguage"))
    if not languages or any("ComputerLanguage" not in of.types(name) for name in languages):
        yield "programmingLanguage"
    if of.main.get("@id") not in of.files:
        yield "@id"


def actions_have_a_program(of):
    for action in of.of_type("CreateAction"):
        programs = list(of.linked(action, "instrument"))
        if not programs or any(not of.types(name) & PROGRAMS for name in programs):
            yield action["@id"]


def the_workflow_was_run(of):
    runs = [action for action in of.of_type("CreateAction")
            if of.main.get("@id") in of.linked(action, "instrument")]
    if not runs:
        yield "instrument"


def the_workflow_has_programs_that_were_run(of):
    programs = list(of.linked(of.main, "hasPart"))
    used = {name for action in of.of_type("CreateAction") for name in of.linked(action, "instrument")}
    if not programs:
        yield "hasPart"
    yield from (name for name in programs if not of.types(name) & PROGRAMS or name not in used)


def steps_are_those_of_the_workflow_and_name_their_program(of):
    """That there are steps is recommended, not required."""
    steps = set(of.linked(of.main, "step"))
    yield from steps ^ {entity["@id"] for entity in of.of_type("HowToStep")}
    for step in of.of_type("HowToStep"):
        programs = list(of.linked(step, "workExample"))
        if not programs or any(not of.types(name) & PROGRAMS for name in programs):
            yield step["@id"]
        if not re.fullmatch(r"\d+", str(step.get("position"))):
            yield step["@id"]
    if not steps:
        yield "step"


def files_say_their_format(of):
    """Recommended, too."""
    for file in of.of_type("File"):
        if not re.fullmatch(r"\w+/\w[\w.-]*", str(file.get("encodingFormat"))):
            yield file["@id"]


def actions_are_mentioned_named_and_described(of):
    """Recommended, too."""
    mentioned = set(of.linked(of.root, "mentions"))
    for action in of.of_type("CreateAction"):
        if action["@id"] not in mentioned or not (action.get("name") and action.get("description")):
            yield action["@id"]
        if not list(of.linked(action, "result")):
            yield action["@id"]


RULES = (
    steps_are_those_of_the_workflow_and_name_their_program, files_say_their_format,
    actions_are_mentioned_named_and_described,
    entities_have_names_and_types, the_graph_is_flat, terms_are_those_of_the_contexts,
    the_descriptor_is_of_the_root, the_root_says_what_it_is, the_root_conforms_to_the_profiles,
    files_are_parts_of_the_root_and_there, the_workflow_is_one_in_a_language,
    actions_have_a_program, the_workflow_was_run, the_workflow_has_programs_that_were_run)


@pytest.fixture(scope="module")
def written(root, tmp_path_factory):
    packed = crate.write(root, RUN, tmp_path_factory.mktemp("crate") / "published.zip")
    with zipfile.ZipFile(packed) as archive:
        return json.loads(archive.read(crate.METADATA)), set(archive.namelist())


def broken(document, files):
    of = Crate(document, files)
    return {rule.__name__ for rule in RULES if list(rule(of))}


def test_a_crate_has_all_that_its_profiles_demand(written):
    assert broken(*written) == set()


def without(entity, name):
    return lambda entities: entities[entity].pop(name)


def with_value(entity, name, value):
    return lambda entities: entities[entity].update({name: value})


ROWS = "#results/published/architecture/networks"
SPOILED = {
    "an entity without a type": (without(crate.LICENCE, "@type"), entities_have_names_and_types),
    "an entity in another": (with_value("./", "author", {"@id": "#me", "name": "me"}), the_graph_is_flat),
    "a word of ours": (with_value("./", "runName", "x"), terms_are_those_of_the_contexts),
    "a type of ours": (with_value(ROWS, "@type", ["CreateAction", "Job"]), terms_are_those_of_the_contexts),
    "no version of crates": (with_value(crate.METADATA, "conformsTo", []), the_descriptor_is_of_the_root),
    "no root": (without(crate.METADATA, "about"), the_descriptor_is_of_the_root),
    "no day": (with_value("./", "datePublished", "today"), the_root_says_what_it_is),
    "no description": (with_value("./", "description", ""), the_root_says_what_it_is),
    "no licence": (without("./", "license"), the_root_says_what_it_is),
    "a profile that is not described": (lambda entities: entities.pop(next(iter(crate.PROFILES))),
                                        the_root_conforms_to_the_profiles),
    "no profile": (without("./", "conformsTo"), the_root_conforms_to_the_profiles),
    "a file apart": (with_value("./", "hasPart", []), files_are_parts_of_the_root_and_there),
    "a file that is not there": (lambda entities: entities.update({"x": {"@id": "x", "@type": "File"}}),
                                 files_are_parts_of_the_root_and_there),
    "a workflow without steps": (without(crate.SNAKEFILE, "step"),
                                 steps_are_those_of_the_workflow_and_name_their_program),
    "a step of no program": (without("#step-train", "workExample"),
                             steps_are_those_of_the_workflow_and_name_their_program),
    "a step at no place": (with_value("#step-train", "position", "first"),
                           steps_are_those_of_the_workflow_and_name_their_program),
    "a file of no format": (without(crate.README, "encodingFormat"), files_say_their_format),
    "rows that are not mentioned": (with_value("./", "mentions", {"@id": "#run"}),
                                    actions_are_mentioned_named_and_described),
    "rows without words": (without(ROWS, "description"), actions_are_mentioned_named_and_described),
    "no workflow": (without("./", "mainEntity"), the_workflow_is_one_in_a_language),
    "no language": (without(crate.SNAKEFILE, "programmingLanguage"), the_workflow_is_one_in_a_language),
    "rows of no program": (without(ROWS, "instrument"), actions_have_a_program),
    "rows of a licence": (with_value(ROWS, "instrument", {"@id": crate.LICENCE}), actions_have_a_program),
    "a workflow that was not run": (with_value("#run", "instrument", {"@id": crate.PROGRAM}),
                                    the_workflow_was_run),
    "a workflow without programs": (without(crate.SNAKEFILE, "hasPart"),
                                    the_workflow_has_programs_that_were_run),
    "a program that was not run": (with_value(crate.SNAKEFILE, "hasPart", {"@id": crate.LANGUAGE}),
                                   the_workflow_has_programs_that_were_run),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_crate_breaks_the_rule(written, case):
    spoil, rule = SPOILED[case]
    document, files = deepcopy(written)
    entities = {entity["@id"]: entity for entity in document["@graph"]}
    spoil(entities)
    document["@graph"] = list(entities.values())
    assert rule.__name__ in broken(document, files)
