"""httpbin on the port that is its argument, with what its own answers leave out.

Every answer says how the request line wrote the target (`X-Request-Target`). `/parts` tells the parts of a multipart body as
werkzeug reads them, with their headers. Chunked bodies are read: httpbin refuses them unless the server is gunicorn, but the
one of werkzeug has learnt to read them since.
"""

import hashlib
import sys

from flask import jsonify, request
from httpbin import app

# How much of a part is shown.
SHOWN = 1000


def described(part, name):
    """A part with a file name."""
    content = part.stream.read()
    return {
        "name": name,
        "filename": part.filename,
        "headers": dict(part.headers),
        "length": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "text": content[:SHOWN].decode("utf-8", "replace"),
    }


@app.route("/parts", methods=["POST"])
def parts():
    """Tells the parts of a multipart body."""
    files = [described(part, name) for name, part in request.files.items(multi=True)]
    values = [{"name": name, "text": text} for name, text in request.form.items(multi=True)]
    return jsonify(files=files, values=values)


@app.route("/body", methods=["POST"])
def body():
    """Tells the length and the hash of a body."""
    length, sha256 = 0, hashlib.sha256()
    while chunk := request.stream.read(65536):
        length += len(chunk)
        sha256.update(chunk)
    return jsonify(
        length=length,
        sha256=sha256.hexdigest(),
        content_length=request.headers.get("Content-Length"),
        transfer_encoding=request.headers.get("Transfer-Encoding"),
    )


@app.after_request
def show_target(response):
    response.headers["X-Request-Target"] = request.environ["RAW_URI"]
    return response


class LikeGunicorn:
    """Has httpbin read chunked bodies."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        environ["SERVER_SOFTWARE"] = "gunicorn/" + environ["SERVER_SOFTWARE"]
        return self.inner(environ, start_response)


app.wsgi_app = LikeGunicorn(app.wsgi_app)
app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
