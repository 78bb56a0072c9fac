"""A service principal's certificate, and a token signed by somebody else; both
made for this run."""

import base64
import datetime
import json
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> bytes:
    """The certificate and its key, in one text."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "script")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def token() -> str:
    """What the provider of a pod or of CI hands out for an identity there."""
    claims = {
        "iss": "https://token.example.com",
        "sub": "repo:me/mine",
        "aud": "api://AzureADTokenExchange",
        "exp": int(time.time()) + 600,
    }
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "RS256", "typ": "JWT"}, claims)]
    signed = KEY.sign(b".".join(parts), padding.PKCS1v15(), hashes.SHA256())
    return b".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=")]).decode()
