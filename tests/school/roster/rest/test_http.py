"""A client that knows nothing of us, over HTTP: Authlib for the token, requests for the rest, our own OpenAPI for the shapes."""

import re
from typing import Any

import jsonschema
import pytest
from authlib.integrations.requests_client import OAuth2Session
from openapi_spec_validator import validate
from requests.utils import parse_header_links

from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS
from school.roster.rest.operations import OPERATIONS
from tests.school.roster.rest.reader import ROOT, TOKEN, reader
from tests.world import World, build

pytestmark = pytest.mark.django_db
HOST = {"Host": "localhost:8000"}


@pytest.fixture
def document(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{ROOT}openapi.json", headers=HOST).json()
    return found


def test_the_document_is_openapi_and_names_every_operation(document: dict[str, Any], client: Any) -> None:
    validate(document)
    named = {one["get"]["operationId"]: path for path, one in document["paths"].items()}
    assert named == {one.name: ROOT + one.path for one in OPERATIONS}
    assert {len(one) for one in document["paths"].values()} == {1}
    flows = document["components"]["securitySchemes"]["ClientCredentials"]["flows"]["clientCredentials"]
    assert set(flows["scopes"]) == {ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS}
    where = f"{ROOT}discovery/onerosterv1p2rosterservice_openapi3_v1p0.json"
    assert client.get(where, headers=HOST).json() == document


def test_the_page_for_people_needs_no_sign_in_and_nothing_from_elsewhere(client: Any) -> None:
    page = client.get(ROOT, headers=HOST)
    text = page.content.decode()
    assert page.status_code == 200
    assert all(one.name in text for one in OPERATIONS)
    assert not [one for one in re.findall(r'(?:src|href)="(https?:[^"]*)"', text) if "localhost:8000" not in one]


def shape(document: dict[str, Any], path: str, status: int) -> dict[str, Any]:
    content = document["paths"][ROOT + path]["get"]["responses"][str(status)]["content"]
    return {**content["application/json"]["schema"], "components": document["components"]}


@pytest.mark.django_db(transaction=True)
def test_a_strangers_client_walks_the_whole_service(live_server: Any, client: Any) -> None:
    world: World = build()
    made = reader(world)
    document = client.get(f"{ROOT}openapi.json", headers=HOST).json()
    asked = OAuth2Session(made.application.pk, made.secret, scope=f"{ROSTER} {ROSTER_CORE} {ROSTER_DEMOGRAPHICS}")
    asked.headers.update(HOST)
    token = asked.fetch_token(live_server.url + TOKEN, grant_type="client_credentials")
    assert token["token_type"] == "Bearer"
    assert 0 < token["expires_in"] <= 600

    def get(path: str, **query: Any) -> Any:
        return asked.get(live_server.url + path, params=query)

    def whole(path: str) -> list[dict[str, Any]]:
        """All pages of a list, by their links alone."""
        found: list[dict[str, Any]] = []
        answered = get(ROOT + path, limit=7)
        while True:
            assert answered.status_code == 200
            jsonschema.validate(answered.json(), shape(document, template, 200))
            found += next(iter(answered.json().values()))
            links = {one["rel"]: one["url"] for one in parse_header_links(answered.headers["Link"])}
            if "next" not in links:
                assert len(found) == int(answered.headers["X-Total-Count"])
                return found
            answered = get(links["next"].removeprefix("http://localhost:8000"))

    one_of = {}
    for operation in OPERATIONS:
        if operation.many and not operation.takes:
            template = operation.path
            found = whole(operation.path)
            one_of[operation.kind] = found[0]["sourcedId"] if found else "none"
            assert bool(found) is (operation.kind != "gradingPeriods")
    placed = whole_of(get, "enrollments")
    pupil = next(one for one in placed if one["role"] == "student")
    teacher = next(one for one in placed if one["role"] == "teacher")
    ids = {
        "schoolSourcedId": pupil["school"]["sourcedId"],
        "classSourcedId": pupil["class"]["sourcedId"],
        "courseSourcedId": one_of["courses"],
        "termSourcedId": one_of["terms"],
        "studentSourcedId": pupil["user"]["sourcedId"],
        "teacherSourcedId": teacher["user"]["sourcedId"],
        "userSourcedId": pupil["user"]["sourcedId"],
    }
    for operation in OPERATIONS:
        if not operation.takes:
            continue
        template, path = operation.path, operation.path
        for name in operation.takes:
            path = path.replace(f"{{{name}}}", ids.get(name, one_of[operation.kind]))
        if operation.many:
            whole(path)
            continue
        answered = get(ROOT + path)
        assert answered.status_code == (404 if operation.kind == "gradingPeriods" else 200)
        jsonschema.validate(answered.json(), shape(document, template, answered.status_code))
    refused = get(f"{ROOT}users", filter="nonsense")
    jsonschema.validate(refused.json(), shape(document, "users", 400))


def whole_of(get: Any, path: str) -> list[dict[str, Any]]:
    (found,) = get(ROOT + path, limit=10_000).json().values()
    return list(found)


@pytest.mark.django_db(transaction=True)
def test_what_a_large_reader_demands_is_there(live_server: Any) -> None:
    """The requests of a public conformance suite for roster consumers, in its order, each building on the one before."""
    world = build()
    world.a.teacher.email = "toan@truong.example"
    world.a.teacher.save()
    world.a.student.email = "ngoc@truong.example"
    world.a.student.save()
    made = reader(world)
    asked = OAuth2Session(made.application.pk, made.secret)
    asked.headers.update(HOST)
    # It asks for rights over marks too, which are not here.
    gradebook = [ROSTER.replace("roster.", f"gradebook.{one}") for one in ("", "createput.", "delete.")]
    asked.fetch_token(live_server.url + TOKEN, grant_type="client_credentials", scope=" ".join([ROSTER, *gradebook]))

    def get(path: str) -> Any:
        answered = asked.get(live_server.url + ROOT + path)
        assert answered.status_code == 200, answered.text
        return answered.json()

    assert get("teachers?limit=1")["users"]
    (teacher,) = get("teachers?filter=email='toan@truong.example'&limit=10000")["users"]
    assert teacher.keys() >= {"email", "sourcedId"}
    classes = get(f"teachers/{teacher['sourcedId']}/classes?limit=10000&filter=status='active'")["classes"]
    term = classes[0]["terms"][0]["sourcedId"]
    students = get(f"classes/{classes[0]['sourcedId']}/students?limit=10000")["users"]
    assert any(one.keys() >= {"email", "sourcedId"} for one in students)
    assert get(f"terms/{term}/gradingPeriods?limit=10000") == {"academicSessions": []}
    for path in ("academicSessions", "orgs", "users", "classes", "enrollments"):
        assert get(f"{path}?offset=0&limit=5000&filter=status='active'")
        assert get(f"{path}?filter=dateLastModified>'2020-01-01T00:00:00.000Z'")
