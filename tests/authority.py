"""A certificate authority for tests, and what it has signed; made with openssl."""
import os
import subprocess


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Authority:
    """A CA, and a server certificate for these names and addresses (and for no others) that it signed."""

    def __init__(self, folder, *names, addresses=("127.0.0.1",)):
        self.cert, self.key = (os.path.join(folder, f"server.{x}") for x in ("pem", "key"))
        self.ca = os.path.join(folder, "ca.pem")
        ca_key, request, extensions = (os.path.join(folder, x) for x in ("ca.key", "server.csr", "server.ext"))
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", self.ca, "-days", "2", "-subj", "/CN=Test CA")
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=claimpipe test")
        with open(extensions, "w") as f:
            alternatives = ",".join([*(f"IP:{address}" for address in addresses), *(f"DNS:{name}" for name in names)])
            f.write(f"subjectAltName = {alternatives}\nbasicConstraints = CA:FALSE\n")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
                "-out", self.cert, "-days", "2", "-extfile", extensions)
