"""A learning platform of somebody else's: it signs with PyJWT, checks what our tool signs, and keeps scores. Real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from tests.lms.lti.party import private_key, public_jwk

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
CLIENT = "mai-truong-1"


@dataclass
class Moodle:
    """The running platform: who is signed in there, what they open, and what our tool sent."""

    port: int = 0
    key: rsa.RSAPrivateKey = field(default_factory=private_key)
    tool: str = ""
    sub: str = "nguoi-hoc-7"
    roles: list[str] = field(default_factory=lambda: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"])
    custom: dict[str, str] = field(default_factory=dict)
    target: str = ""
    message: str = "LtiResourceLinkRequest"
    changes: dict[str, Any] = field(default_factory=dict)
    scores: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    jtis: set[str] = field(default_factory=set)
    refuse: int = 0

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def start(self) -> str:
        """The address at which its page begins a launch."""
        return f"{self.host}/course"

    def registration(self) -> dict[str, Any]:
        """What its administrator tells ours."""
        return {
            "name": "Moodle của trường bạn",
            "issuer": self.host,
            "client_id": CLIENT,
            "deployment_ids": ["1"],
            "auth_url": f"{self.host}/auth",
            "token_url": f"{self.host}/token",
            "keyset_url": f"{self.host}/jwks",
            "page_urls": [],
        }

    def claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        found: dict[str, Any] = {
            "iss": self.host,
            "aud": CLIENT,
            "sub": self.sub,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            LTI + "version": "1.3.0",
            LTI + "deployment_id": "1",
            LTI + "message_type": self.message,
            LTI + "target_link_uri": self.target or f"{self.tool}/lti/den/",
            LTI + "roles": self.roles,
            LTI + "custom": self.custom,
            LTI + "resource_link": {"id": "r1"},
            AGS: {"scope": [SCORE], "lineitem": f"{self.host}/lineitems/1?type_id=3"},
        }
        if self.message == "LtiDeepLinkingRequest":
            found[DL + "deep_linking_settings"] = {
                "deep_link_return_url": f"{self.host}/chosen",
                "accept_types": ["link", "ltiResourceLink"],
                "accept_presentation_document_targets": ["window"],
                "data": "csrf:7",
            }
        return {key: value for key, value in (found | self.changes).items() if value is not None}

    def sign(self, claims: dict[str, Any], key: Any = None, alg: str = "RS256", kid: str = "m1") -> str:
        return jwt.encode(claims, self.key if key is None else key or None, algorithm=alg, headers={"kid": kid})

    def believed(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of what our tool signed, by the keys that it shows."""
        key = jwt.PyJWKClient(f"{self.tool}/lti/keys.json").get_signing_key_from_jwt(token)
        found: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=CLIENT)
        return found


def app_of(moodle: Moodle) -> Flask:
    app = Flask("moodle")

    @app.route("/course")
    def course() -> Any:
        values = {
            "iss": moodle.host,
            "client_id": CLIENT,
            "login_hint": moodle.sub,
            "target_link_uri": moodle.target or f"{moodle.tool}/lti/den/",
            "lti_message_hint": "12",
        }
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items()
        )
        return f'<form method="post" action="{moodle.tool}/lti/den/dang-nhap/">{fields}<button>Mở bài</button></form>'

    @app.route("/auth")
    def auth() -> Any:
        asked = request.args.to_dict()
        moodle.asked.append(asked)
        assert asked["redirect_uri"] == f"{moodle.tool}/lti/den/"
        assert (asked["response_type"], asked["response_mode"], asked["prompt"]) == ("id_token", "form_post", "none")
        token = moodle.sign(moodle.claims(asked["nonce"]))
        fields = f'<input name="id_token" value="{token}"><input name="state" value="{escape(asked["state"])}">'
        return f'<form method="post" action="{asked["redirect_uri"]}">{fields}<button>Tiếp</button></form>'

    @app.route("/jwks")
    def jwks() -> Any:
        return jsonify({"keys": [public_jwk(moodle.key, "m1")]})

    @app.route("/token", methods=["POST"])
    def token() -> Any:
        claims = moodle.believed(request.form["client_assertion"], f"{moodle.host}/token")
        assert claims["sub"] == CLIENT
        assert claims["jti"] not in moodle.jtis
        moodle.jtis.add(claims["jti"])
        return jsonify(
            {"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600, "scope": request.form["scope"]}
        )

    @app.route("/lineitems/1/scores", methods=["POST"])
    def scores() -> Any:
        assert request.headers["Authorization"] == "Bearer t-1"
        assert request.content_type == "application/vnd.ims.lis.v1.score+json"
        assert request.args.to_dict() == {"type_id": "3"}
        if moodle.refuse:
            return "", moodle.refuse
        moodle.scores.append(json.loads(request.data))
        return "", 204

    @app.route("/chosen", methods=["POST"])
    def chosen() -> Any:
        moodle.answers.append(moodle.believed(request.form["JWT"], moodle.host))
        return "<h1>Đã chọn</h1>"

    @app.route("/favicon.ico")
    def icon() -> Any:
        return "", 204

    @app.route("/frame")
    def frame() -> Any:
        """Its course page with the lesson in a frame."""
        return f'<h1>Khoá học</h1><iframe title="Bài" width="380" height="700" src="{escape(request.args["to"])}"></iframe>'

    return app


@contextmanager
def running() -> Iterator[Moodle]:
    """The platform on a free port until the block ends."""
    moodle = Moodle()
    server = make_server("127.0.0.1", 0, app_of(moodle), threaded=True)
    moodle.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield moodle
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=20)
