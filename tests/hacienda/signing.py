"""A key for the tests, the same every time, so that a signature can be compared with a known one."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)

from hacienda.certificates import SigningKey

# The primes of a key made for this test and used nowhere else.
P = int(
    "D33C1808A466441A2311E24272D25943AC48E5AB068B64AAEF17F0FC95D5E4E55A01A153BEE9BA5F161477705D14882F"
    "38AF099AD3D9AAED9DC059D1B5CDF61688C46830AB58BA14DC5C912FC756FC5F716C1B919A9A1B3F90F418853F6CF7B7"
    "34F894F63266564DAF0B44DA89FBA59561F2079702644EA405BB1DB57ED10623",
    16,
)
Q = int(
    "C98E1FBC48C00E83A9DE3BE689A0E31FC6223D585568E0AE011F0AB611462782416A2D0CEC5B32063E348E7B83635B01"
    "CA3C2BF026A632F520883AFFF4A05E10C76A19733261B0C54DC7C39723547716656C2C28C433DEB2E4270C9E8AB131BA"
    "43E9871D9D819FA4CC7AEB6D60022F2A6C26CA793D4387DC155D1AB8FA25A98D",
    16,
)
E = 65_537


def key_of(p: int, q: int) -> RSAPrivateKey:
    """The key of two primes, which are taken at their word."""
    d = pow(E, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), RSAPublicNumbers(E, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


KEY = key_of(P, Q)
SIGNING_KEY = SigningKey(KEY)
