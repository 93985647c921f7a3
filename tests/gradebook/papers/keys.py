"""Certificates for tests: an authority of the test's own, and people whom it names."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority that issues PKCS#12 files."""

    def __init__(self, name: str = "Chứng thực thử") -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), ca=True)

    @property
    def der(self) -> bytes:
        """The root certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def _sign(
        self,
        subject: x509.Name,
        key: rsa.RSAPublicKey,
        *,
        ca: bool = False,
        begins: int = -1,
        ends: int = 365,
        signs: bool = True,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        usage = dict.fromkeys(("data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False) | {
            "digital_signature": signs,
            "content_commitment": signs,
            "key_encipherment": not signs,
            "key_cert_sign": ca,
            "crl_sign": ca,
        }
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins * DAY)
            .not_valid_after(now + ends * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
        )
        return builder.sign(self.key, hashes.SHA256())

    def key_file(
        self, name: str, password: str = "mat-khau", *, begins: int = -1, ends: int = 365, signs: bool = True
    ) -> bytes:
        """The PKCS#12 file of a person: valid from `begins` to `ends` days from now, for signing or not."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key.public_key(), begins=begins, ends=ends, signs=signs)
        lock = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, [self.certificate], lock)
