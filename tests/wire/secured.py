"""The daemon under test with TLS on its ports, asked as the one without is (subject.py).

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import pathlib
import ssl

import grpc

from certificates import Authority
from otlp_peers import PATIENT
from programs import PATIENCE
from subject import Daemon


class SecureDaemon(Daemon):
    """Its ports of OTLP speak TLS; it has an authority of its own."""

    def __init__(self, settings, directory, *arguments, **options):
        directory = pathlib.Path(directory)
        directory.mkdir(exist_ok=True)
        self.authority = Authority(directory)
        tls = self.authority.server().settings()
        for protocols in (r["protocols"] for r in settings["receivers"].values()):
            for protocol in protocols.values():
                protocol["tls"] = tls
        super().__init__(settings, directory, *arguments, **options)

    def context(self, *protocols):
        """A client's, that agrees on one of them."""
        context = ssl.create_default_context(cafile=str(self.authority.cert))
        context.set_alpn_protocols(protocols)
        return context

    def connect(self, port):
        """A connection whose handshake is done."""
        plain = super().connect(port)
        return self.context("h2" if port == self.grpc else "http/1.1").wrap_socket(plain, server_hostname="localhost")

    def channel(self, **options):
        credentials = grpc.ssl_channel_credentials(self.authority.cert.read_bytes())
        return grpc.secure_channel(f"localhost:{self.grpc}", credentials, options=PATIENT, **options)

    def http_client(self):
        return http.client.HTTPSConnection("localhost", self.http, timeout=PATIENCE, context=self.context("http/1.1"))
