"""Signatures in PDF papers: PAdES baseline B-B (ETSI EN 319 142-1) with a person's own certificate, and reading them back.

A key never rests here: its file (PKCS#12, RFC 7292) and password are of one request, and forgotten with it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import x509
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

# A certificate that may sign documents (RFC 5280, 4.2.1.3). One without the extension may be used for anything.
KEY_USAGE = frozenset({"digital_signature", "non_repudiation"})


class KeyFileError(Exception):
    """The key's file, its password or its certificate cannot be used; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Key:
    """A person's key as it was opened: who the certificate names, until when it is valid, and its SHA-256."""

    signer: signers.SimpleSigner
    name: str
    issuer: str
    until: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a paper. ``whole``: nothing of it was changed since; ``trusted``: a root that was named vouches."""

    field: str
    name: str
    reason: str
    at: datetime | None
    whole: bool
    trusted: bool
    fingerprint: str


def key_open(data: bytes, password: str, *, now: datetime | None = None) -> Key:
    """Open a PKCS#12 file. Raises KeyFileError when it is none, the password is wrong, or the certificate may not sign now."""
    now = now or datetime.now(UTC)
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(data, other_certs=(), passphrase=password.encode())
    except (SigningError, ValueError, TypeError) as error:
        raise KeyFileError(_("This file cannot be opened as a key (.p12, .pfx) with this password.")) from error
    certificate = signer.signing_cert if signer else None
    if certificate is None:
        raise KeyFileError(_("This file cannot be opened as a key (.p12, .pfx) with this password."))
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        raise KeyFileError(
            _("This certificate is valid from %(begin)s to %(end)s only.")
            % {"begin": f"{certificate.not_valid_before:%d/%m/%Y}", "end": f"{certificate.not_valid_after:%d/%m/%Y}"}
        )
    usage = certificate.key_usage_value
    if usage is not None and not KEY_USAGE & set(usage.native):
        raise KeyFileError(_("This certificate is not meant for signing documents."))
    return Key(
        signer,
        _person_of(certificate),
        certificate.issuer.human_friendly,
        certificate.not_valid_after,
        certificate.sha256_fingerprint.replace(" ", "").lower(),
    )


def pdf_sign(pdf: bytes, key: Key, *, field: str, reason: str) -> bytes:
    """The paper with one more signature, in a field of its own; earlier ones stay valid.

    `field` is the role that signs (a name of letters and digits), `reason` what it signs for.
    """
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        reason=reason,
        name=key.name,
        subfilter=fields.SigSeedSubFilter.PADES,
        signer_key_usage=set(),  # asked by key_open, in words
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    done: Any = signers.PdfSigner(meta, key.signer, new_field_spec=fields.SigFieldSpec(field)).sign_pdf(writer)
    return bytes(done.getvalue())


def signatures_of(pdf: bytes, *, roots: Sequence[bytes] = ()) -> list[Signature]:
    """Every signature of a paper, oldest first; [] for one without, or that is no PDF. `roots`: trusted certificates (DER)."""
    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    except (PdfReadError, ValueError):
        return []
    trust = ValidationContext(trust_roots=[x509.Certificate.load(root) for root in roots], allow_fetching=False)
    found = []
    for one in embedded:
        status = validate_pdf_signature(one, signer_validation_context=trust)
        untouched = status.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
        found.append(
            Signature(
                one.field_name,
                _person_of(one.signer_cert),
                str(one.sig_object.get("/Reason", "")),
                one.self_reported_timestamp,
                bool(status.intact and status.valid and untouched and status.docmdp_ok is not False),
                bool(status.trusted),
                one.signer_cert.sha256_fingerprint.replace(" ", "").lower(),
            )
        )
    return found


def _person_of(certificate: x509.Certificate) -> str:
    named: dict[str, Any] = certificate.subject.native
    return str(named.get("common_name") or certificate.subject.human_friendly)
