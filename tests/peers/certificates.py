"""Certificates for the tests, made by the openssl program in a folder of theirs.

SPDX-License-Identifier: Apache-2.0
"""
import datetime
import pathlib
import subprocess

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
EXTENSIONS = """\
[ca]
default_ca = here
[here]
dir = {folder}
new_certs_dir = $dir
database = $dir/index
serial = $dir/serial
default_md = {digest}
policy = any
unique_subject = no
[any]
commonName = supplied
[extensions]
basicConstraints = critical,CA:{authority}
{san}
{eku}
"""


def openssl(*arguments, text=None):
    """What it prints."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Identity:
    """A certificate and its key: .cert and .key are their files."""

    def __init__(self, folder, name):
        self.name = name
        self.cert, self.key = (pathlib.Path(folder) / f"{name}.{kind}" for kind in ("crt", "key"))

    def copy_to(self, other):
        """Puts it in the place of another one, each file at once."""
        for mine, its in ((self.cert, other.cert), (self.key, other.key)):
            aside = its.with_suffix(".new")
            aside.write_bytes(mine.read_bytes())
            aside.replace(its)

    def settings(self, **more):
        """The keys of tls that name it."""
        return {"cert_file": str(self.cert), "key_file": str(self.key), **more}


class Authority(Identity):
    """Signs others."""

    def __init__(self, folder, name="authority", issuer=None):
        folder = pathlib.Path(folder) / name
        folder.mkdir(parents=True)
        super().__init__(folder, name)
        self.folder = folder
        (folder / "index").write_text("")
        (folder / "serial").write_text(f"{abs(hash(str(folder))) % 2**32 + 16:08X}")
        self.sign(self, issuer or self, authority=True, start=-DAY)

    def sign(self, whom, issuer, san=None, eku=None, authority=False, start=-HOUR, end=DAY, key="ec:prime256v1",
             digest="sha256"):
        """Makes key and certificate of `whom`."""
        kind, _, size = key.partition(":")
        how = ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{size}"] if kind == "ec" else ["-newkey", key]
        request = whom.cert.with_suffix(".csr")
        openssl("req", "-new", *how, "-nodes", "-keyout", whom.key, "-out", request, "-subj", f"/CN={whom.name}")
        config = issuer.folder / "config"
        config.write_text(EXTENSIONS.format(
            folder=issuer.folder, authority=str(authority).upper(), digest=digest,
            san=f"subjectAltName = {san}" if san else "", eku=f"extendedKeyUsage = {eku}" if eku else ""))
        now = datetime.datetime.now(datetime.timezone.utc)
        dates = [f"{now + d:%Y%m%d%H%M%SZ}" for d in (start, end)]
        signer = ["-selfsign", "-keyfile", whom.key] if whom is issuer else ["-cert", issuer.cert, "-keyfile", issuer.key]
        openssl("ca", "-batch", "-notext", "-config", config, *signer, "-in", request, "-out", whom.cert,
                "-extensions", "extensions", "-startdate", dates[0], "-enddate", dates[1])

    def issue(self, name, kind, **wish):
        """A new one that is signed: san="DNS:localhost,IP:127.0.0.1", eku="serverAuth", start, end, ..."""
        (self.folder / kind).mkdir(exist_ok=True)
        out = Identity(self.folder / kind, name)
        self.sign(out, self, **wish)
        return out

    def server(self, name="server", san="DNS:localhost,IP:127.0.0.1,IP:::1", **wish):
        """One for a server on this machine."""
        return self.issue(name, "servers", san=san, eku=wish.pop("eku", "serverAuth"), **wish)

    def client(self, name="client", **wish):
        """One for a client."""
        return self.issue(name, "clients", eku=wish.pop("eku", "clientAuth"), **wish)
