"""A learning tool of somebody else's making: PyLTI1p3 behind Flask, on a port of its own, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, request
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.contrib.flask.launch_data_storage.cache import FlaskCacheDataStorage
from pylti1p3.contrib.flask.service_connector import FlaskServiceConnector
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.tool_config import ToolConfDict
from werkzeug.serving import make_server

TIMEOUT = 20


def key_pair() -> tuple[str, str]:
    """A private and a public key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@dataclass
class Peer:
    """The running tool: what it was launched with, and what its next answers are."""

    port: int = 0
    private: str = ""
    public: str = ""
    conf: ToolConfDict | None = None
    session: dict[str, Any] = field(default_factory=dict)
    launches: list[Any] = field(default_factory=list)
    chosen: list[DeepLinkResource] = field(default_factory=list)
    # In a frame of another site browsers keep the library's cookie back over plain HTTP: then what arrives is only noted.
    notes_only: bool = False
    arrived: list[dict[str, str]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def knows(self, platform: str, tool: Any) -> None:
        """Type the platform's values into the tool, as its administrator does."""
        entry = {
            "default": True,
            "client_id": tool.client_id,
            "auth_login_url": f"{platform}/lti/authorize",
            "auth_token_url": f"{platform}/lti/token",
            "auth_audience": None,
            "key_set_url": f"{platform}/lti/keys.json",
            "key_set": None,
            "deployment_ids": [tool.deployment_id],
        }
        self.conf = ToolConfDict({platform: [entry]})
        self.conf.set_private_key(platform, self.private, client_id=tool.client_id)
        self.conf.set_public_key(platform, self.public, client_id=tool.client_id)

    @property
    def last(self) -> Any:
        """The last launch, as the library read it."""
        return self.launches[-1]

    @property
    def claims(self) -> dict[str, Any]:
        found: dict[str, Any] = self.last.get_launch_data()
        return found


class Storage(FlaskCacheDataStorage):
    """Launch data in the process."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def can_set_keys_expiration(self) -> bool:
        return False

    def get_value(self, key: str) -> Any:
        return self.values.get(self._prepare_key(key))

    def set_value(self, key: str, value: Any, exp: int | None = None) -> None:
        self.values[self._prepare_key(key)] = value

    def check_value(self, key: str) -> bool:
        return self._prepare_key(key) in self.values


def app_of(peer: Peer) -> Flask:
    app = Flask("tool")

    def asked() -> FlaskRequest:
        return FlaskRequest(session=peer.session, request_is_secure=False)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        found = FlaskOIDCLogin(asked(), peer.conf, launch_data_storage=Storage(peer.session))
        return found.redirect(f"{peer.host}/launch")

    @app.route("/launch", methods=["POST"])
    def launch() -> Any:
        if request.form.get("error"):
            return f"error {request.form['error']}", 400
        if peer.notes_only:
            peer.arrived.append(request.form.to_dict())
            return "<h1>Bài luyện trong khung</h1>"
        found = FlaskMessageLaunch(asked(), peer.conf, launch_data_storage=Storage(peer.session))
        found.get_launch_data()
        peer.launches.append(found)
        number = len(peer.launches) - 1
        if found.is_deep_link_launch():
            return found.get_deep_link().output_response_form(peer.chosen)
        # A learner's page: one press sends the score from the tool's server and leads back to the lesson.
        return f'<h1>Bài luyện</h1><form method="post" action="/finish/{number}"><button>Nộp bài</button></form>'

    @app.route("/finish/<int:number>", methods=["POST"])
    def finish(number: int) -> Any:
        found = peer.launches[number]
        grade = Grade().set_score_given(8).set_score_maximum(10).set_timestamp("2026-09-01T08:00:00.000+07:00")
        grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
        data = found.get_launch_data()
        grade.set_user_id(data["sub"])
        found.get_ags().put_grade(grade)
        back = data["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]["return_url"]
        return f'<p>Đã nộp.</p><a href="{back}">Về bài học</a>'

    @app.route("/favicon.ico")
    def icon() -> Any:
        return "", 204

    @app.route("/jwks")
    def jwks() -> Any:
        return jsonify(peer.conf.get_jwks() if peer.conf else {"keys": []})

    return app


@contextmanager
def running() -> Iterator[Peer]:
    """The tool on a free port until the block ends."""
    # The library keeps tokens for the process, by the issuer: the district of the test before had the same address.
    FlaskServiceConnector.access_tokens = {}
    peer = Peer()
    peer.private, peer.public = key_pair()
    server = make_server("127.0.0.1", 0, app_of(peer), threaded=True)
    peer.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=TIMEOUT)


__all__ = ["DeepLinkResource", "Grade", "LineItem", "Peer", "running"]
