"""The public query that a printed QR code leads to: what anybody may see of a document."""

from __future__ import annotations

from html import escape

from hacienda.sandbox.store import Stamped, Store
from hacienda.sandbox.wire import HTML, Request, Response

PATH = "/consultaPublica"
PAGE = """<!doctype html>
<html lang="es">
<head><meta charset="utf-8"><title>Consulta pública (simulador)</title></head>
<body>
<h1>Consulta de Documento Tributario Electrónico</h1>
<p>Simulador: sin validez tributaria.</p>
{content}
</body>
</html>
"""


def public_page(request: Request, store: Store) -> Response:
    """Return the page for `ambiente`, `codGen` and `fechaEmi`: 200 with the state, 404 when nothing fits."""
    code = request.query.get("codGen", "")
    document = store.document(request.query.get("ambiente", ""), code)
    if document is None or document.issued_on != request.query.get("fechaEmi", ""):
        content = '<p class="estado">NO ENCONTRADO</p>'
        return Response(404, PAGE.format(content=content).encode("utf-8"), HTML)
    return Response(200, PAGE.format(content=_table(document)).encode("utf-8"), HTML)


def _table(document: Stamped) -> str:
    invalidated = document.invalidated_at is not None
    rows = {
        "Tipo de documento": document.kind,
        "Código de generación": document.code,
        "Número de control": document.number or "",
        "Sello de recepción": document.stamp,
        "Fecha de generación": document.issued_on,
    }
    state = "INVALIDADO" if invalidated else "TRANSMITIDO SATISFACTORIAMENTE"
    cells = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f'<p class="estado">{state}</p>\n<dl>\n{cells}\n</dl>'
