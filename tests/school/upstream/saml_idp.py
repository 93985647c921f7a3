"""A SAML identity provider of another make (signxml signs, we check with xmlsec), as small as the exchange allows."""

import base64
import datetime
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner, methods

ENTITY = "https://idp.truong.example/saml"
SSO = "https://idp.truong.example/sso"
SAMLP, SAML = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"


def _pair() -> tuple[str, str]:
    """A key and its self-signed certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.truong.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class SamlIdp:
    """The other institution: it reads our request and writes a signed answer."""

    pair: tuple[str, str] = field(default_factory=_pair)

    @property
    def certificate(self) -> str:
        """The certificate without its frame, as metadata carry it."""
        return "".join(line for line in self.pair[1].splitlines() if "CERTIFICATE" not in line)

    def request_in(self, address: str) -> Any:
        """The AuthnRequest in a redirect to us."""
        packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
        return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))

    def answer(
        self,
        address: str,
        *,
        uid: str,
        attributes: dict[str, str],
        audience: str | None = None,
        age: int = 0,
        key: str | None = None,
        in_response_to: str | None = None,
    ) -> tuple[str, str]:
        """(where to post, SAMLResponse) for the redirect ``address``; ``age`` in seconds makes it an old one."""
        asked = self.request_in(address)
        acs, request_id = asked.get("AssertionConsumerServiceURL"), asked.get("ID")
        answered = request_id if in_response_to is None else in_response_to
        to = f' InResponseTo="{answered}"' if answered else ""
        audience = audience or asked.findtext(f"{{{SAML}}}Issuer")
        now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
        stamp, until = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now, now + datetime.timedelta(minutes=2)))
        values = "".join(
            f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
            for name, value in attributes.items()
        )
        assertion = etree.fromstring(f"""<saml:Assertion xmlns:saml="{SAML}" ID="_a1" Version="2.0" IssueInstant="{stamp}">
          <saml:Issuer>{ENTITY}</saml:Issuer>
          <saml:Subject>
            <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{uid}</saml:NameID>
            <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
              <saml:SubjectConfirmationData{to} Recipient="{acs}" NotOnOrAfter="{until}"/>
            </saml:SubjectConfirmation>
          </saml:Subject>
          <saml:Conditions NotBefore="{stamp}" NotOnOrAfter="{until}">
            <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
          </saml:Conditions>
          <saml:AuthnStatement AuthnInstant="{stamp}" SessionIndex="_s1">
            <saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
            </saml:AuthnContext>
          </saml:AuthnStatement>
          <saml:AttributeStatement>{values}</saml:AttributeStatement>
        </saml:Assertion>""")
        signer = XMLSigner(
            method=methods.enveloped,
            c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
            digest_algorithm="sha256",
        )
        placeholder = etree.SubElement(assertion, "{http://www.w3.org/2000/09/xmldsig#}Signature", Id="placeholder")
        assertion.insert(1, placeholder)
        signed = signer.sign(assertion, key=key or self.pair[0], cert=self.pair[1], reference_uri="_a1")
        response = etree.fromstring(f"""<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r1" Version="2.0"
            IssueInstant="{stamp}" Destination="{acs}"{to}>
          <saml:Issuer>{ENTITY}</saml:Issuer>
          <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
        </samlp:Response>""")
        response.append(signed)
        return acs, base64.b64encode(etree.tostring(response)).decode()
