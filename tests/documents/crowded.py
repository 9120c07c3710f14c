"""A document with everything that an ordinary sale may carry at once; nobody in it exists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hacienda.readable import Field, Readable, ReadableParty, Section, Sum
from tests.actors import tax_credit
from tests.documents.readables import line, readable

TRADE_NAME = "Ferretería y Materiales de Construcción El Ejemplo"
ACTIVITY = "Venta al por mayor de artículos de ferretería y pinturerías"
STREET = (
    "Kilómetro 10 y medio de la Carretera de Ejemplo, Residencial Las Muestras Inventadas, Polígono F, Pasaje 14"
    " Poniente, Edificio Prueba, tercer nivel, local 3-27, contiguo al parqueo techado de visitas"
)
ADDRESS = f"{STREET}, Antiguo Cuscatlán, La Libertad Este, La Libertad"
NOTES = (
    "Entregar en la bodega de la obra entre las siete de la mañana y el mediodía, de lunes a viernes. El chofer lleva"
    " copia de este documento y de la orden de compra; quien recibe firma con nombre completo y número de documento."
    "\nMercadería en buen estado: todo reclamo se hace dentro de los ocho días que siguen a la entrega, con este"
    " documento. El material cortado a la medida no admite cambio. La garantía del taladro es de un año y la da el"
    " fabricante en su taller de San Salvador; allí piden la factura."
)
GOODS = (
    "Cemento gris para construcción general, bolsa de 42.5 kg",
    "Varilla de hierro corrugado de 3/8 de pulgada, quintal, grado 40",
    "Pintura de látex para exteriores, color hueso, cubeta de 5 galones",
    "Taladro percutor de 1/2 pulgada, 750 W, con maletín y juego de brocas para concreto",
    "Lámina de zinc y aluminio, calibre 26, de 3 yardas",
    "Tubo de PVC de 4 pulgadas, 100 PSI, de 6 metros",
    "Alambre de amarre, libra",
    "Clavo de acero de 2 pulgadas, caja de cien",
    "Grifo de bronce para jardín, media pulgada, con rosca para manguera y llave de seguridad",
    "Cable eléctrico THHN número 12, color rojo, rollo de 100 metros",
    "Disco de corte para metal de 4 1/2 pulgadas",
    "Flete y descarga en la obra",
)
PAYMENTS = (
    ("01", "Billetes y monedas", Decimal("250.00"), None),
    ("02", "Tarjeta Débito", Decimal("125.50"), "VOUCHER 00918273 terminal 4417"),
    ("05", "Transferencia_ Depósito Bancario", Decimal("714.77"), "TRF-2026-11-22-000451-BANCO DE EJEMPLO"),
)
APPENDIX = (
    ("Orden de compra", "OC-2026-004518, autorizada el 18 de noviembre"),
    ("Proyecto", "Residencial Las Muestras, segunda etapa, bloque C"),
    ("Centro de costo", "410-27 Obra gris y estructura"),
    ("Vendedor", "Inventado Pérez, sala de ventas de Antiguo Cuscatlán"),
    ("Condiciones de entrega", "En la obra, con descarga por cuenta del vendedor"),
    ("Ruta", "La Libertad Este, camión 14, segunda vuelta"),
    ("Número de guía de despacho", "GD-00098127"),
    ("Contacto en la obra", "Maestro de obra, teléfono 7000-0000, de 7 a. m. a 4 p. m."),
    ("Programa de lealtad", "Socio 55012: 1,240 puntos con esta compra"),
    ("Garantía del equipo", "Doce meses con el fabricante; serie TP750-2026-118822"),
)


CUSTOMER = "CONSTRUCTORA CENTROAMERICANA DE PUENTES, CAMINOS Y OBRAS DE EJEMPLO, S.A. DE C.V."
PRICE = Decimal("12.34567891")


def body() -> dict[str, Any]:
    """As a developer sends it: a tax credit document of twelve lines, three payments and ten appendix entries."""
    made = tax_credit(
        items=[
            {"description": text, "quantity": number, "price": str(PRICE), "code": f"FER-{number:06}"}
            for number, text in enumerate(GOODS, start=1)
        ],
        payment={
            "methods": [
                {"code": code, "reference": reference, **({"amount": str(amount)} if index < 2 else {})}
                for index, (code, _name, amount, reference) in enumerate(PAYMENTS)
            ]
        },
        global_discount={"taxed": "5.00"},
        vat_withheld=True,
        notes=NOTES,
        appendix=[
            {"field": f"campo{number}", "label": label, "value": value}
            for number, (label, value) in enumerate(APPENDIX, start=1)
        ],
    )
    made["items"][4]["discount"] = "1.25"
    made["items"][11]["tax"] = "exempt"
    made["customer"] |= {
        "name": CUSTOMER,
        "trade_name": TRADE_NAME,
        "phone": "2200-2200",
        "email": "cuentas.por.pagar@constructora.example",
    }
    made["customer"]["address"]["line"] = STREET
    return made


def _party(heading: str, name: str, *more: Field) -> ReadableParty:
    return ReadableParty(
        heading,
        name,
        (
            Field("Nombre comercial", TRADE_NAME),
            Field("NIT", "0614-150210-101-5"),
            Field("NRC", "123456-7"),
            Field("Actividad económica", ACTIVITY),
            Field("Dirección", ADDRESS),
            Field("Teléfono", "2200-1100"),
            Field("Correo electrónico", "cuentas.por.pagar@constructora.example"),
            *more,
        ),
    )


def document(**changes: Any) -> Readable:
    """The same as it is read, made without Hacienda's forms."""
    lines = tuple(
        line(number, text, str(number), str(PRICE), code=f"FER-{number:06}")
        for number, text in enumerate(GOODS, start=1)
    )
    condition = (Field("Condición de la operación", "Contado"),)
    payments = (
        (Field("Forma de pago", name), Field("Monto", f"${amount}"))
        + ((Field("Referencia", reference),) if reference else ())
        for _code, name, amount, reference in PAYMENTS
    )
    values: dict[str, Any] = {
        "type_code": "03",
        "type_name": "COMPROBANTE DE CRÉDITO FISCAL",
        "issuer": _party(
            "Emisor",
            "COMERCIAL DE EJEMPLO, S.A. DE C.V.",
            Field("Establecimiento", "M001"),
            Field("Punto de venta", "P001"),
        ),
        "customer": _party("Receptor", CUSTOMER),
        "lines": lines,
        "sums": (
            Sum("Ventas exentas", Decimal("148.14")),
            Sum("Ventas gravadas", Decimal("814.81")),
            Sum("Suma total de operaciones", Decimal("962.95")),
            Sum("Descuento global a ventas gravadas", Decimal("5.00")),
            Sum("Sub-total", Decimal("957.95")),
            Sum("Impuesto al Valor Agregado 13%", Decimal("105.28")),
            Sum("Monto total de la operación", Decimal("1063.23")),
            Sum("IVA retenido", Decimal("8.10")),
            Sum("Total a pagar", Decimal("1055.13"), is_total=True),
        ),
        "payable": Decimal("1055.13"),
        "in_words": "MIL CINCUENTA Y CINCO DÓLARES CON 13/100",
        "sections": (
            Section("Forma de pago", (condition, *payments)),
            Section("Apéndice", tuple((Field(label, value),) for label, value in APPENDIX)),
        ),
        "notes": NOTES,
    }
    return readable(**{**values, **changes})
