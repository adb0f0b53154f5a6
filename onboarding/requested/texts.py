"""What the customer reads, by reason and language, as it comes with the house. Pure.

A lead can write other words and other languages (see `wording`). `{document}` stands for the document's name.
"""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The language that every text has: what a customer gets whose own language a text lacks.
FALLBACK = "en"
PLACE = "{document}"


class AskCode(StrEnum):
    """Why something is asked for. The first five are reasons to reject a document."""

    UNREADABLE = "UNREADABLE"
    EXPIRED = "EXPIRED"
    DOES_NOT_MATCH = "DOES_NOT_MATCH"
    WRONG_DOCUMENT = "WRONG_DOCUMENT"
    INCOMPLETE = "INCOMPLETE"
    DOCUMENT_NEEDED = "DOCUMENT_NEEDED"
    DATA_NEEDED = "DATA_NEEDED"
    OTHER = "OTHER"

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(code.value, LABELS[code]) for code in cls]


LABELS: dict[AskCode, Promise] = {
    AskCode.DOCUMENT_NEEDED: _("A document is needed"),
    AskCode.DATA_NEEDED: _("Details are missing or unclear"),
    AskCode.UNREADABLE: _("The document cannot be read"),
    AskCode.EXPIRED: _("The document has expired"),
    AskCode.DOES_NOT_MATCH: _("The document does not match the data"),
    AskCode.WRONG_DOCUMENT: _("It is another kind of document"),
    AskCode.INCOMPLETE: _("Pages of the document are missing"),
    AskCode.OTHER: _("Something else (in your own words)"),
}
# About no document; every other one names its document.
ABOUT_DATA = frozenset({AskCode.DATA_NEEDED, AskCode.OTHER})

TEXTS: dict[str, dict[str, str]] = {
    AskCode.DOCUMENT_NEEDED: {
        "en": "Please send us this document: {document}.",
        "de": "Bitte senden Sie uns dieses Dokument: {document}.",
        "fr": "Merci de nous envoyer ce document : {document}.",
        "es": "Por favor, envíenos este documento: {document}.",
    },
    AskCode.DATA_NEEDED: {
        "en": "Some of your details are missing or unclear. Please check and complete them.",
        "de": "Einige Ihrer Angaben fehlen oder sind unklar. Bitte prüfen und ergänzen Sie sie.",
        "fr": "Certaines informations manquent ou ne sont pas claires. Merci de les vérifier et de les compléter.",
        "es": "Faltan algunos datos o no están claros. Por favor, revíselos y complételos.",
    },
    AskCode.UNREADABLE: {
        "en": "We cannot read this document: {document}. Please send a sharp photo or scan of it, without glare.",
        "de": "Dieses Dokument können wir nicht lesen: {document}. Bitte senden Sie ein scharfes Foto oder einen Scan "
        "des ganzen Dokuments, ohne Spiegelungen.",
        "fr": "Ce document est illisible : {document}. Merci d’envoyer une photo nette ou une copie numérisée, sans "
        "reflets.",
        "es": "No podemos leer este documento: {document}. Por favor, envíe una foto nítida o un escaneo, sin "
        "reflejos.",
    },
    AskCode.EXPIRED: {
        "en": "This document has expired: {document}. Please send one that is valid.",
        "de": "Dieses Dokument ist abgelaufen: {document}. Bitte senden Sie ein gültiges.",
        "fr": "Ce document a expiré : {document}. Merci d’en envoyer un en cours de validité.",
        "es": "Este documento ha caducado: {document}. Por favor, envíe uno vigente.",
    },
    AskCode.DOES_NOT_MATCH: {
        "en": "This document and the details you gave us differ: {document}. Please correct your details, or send a "
        "document that matches them.",
        "de": "Dieses Dokument und Ihre Angaben weichen voneinander ab: {document}. Bitte berichtigen Sie Ihre Angaben "
        "oder senden Sie ein passendes Dokument.",
        "fr": "Ce document ne correspond pas à vos informations : {document}. Merci de corriger vos informations ou "
        "d’envoyer un document qui y correspond.",
        "es": "Este documento no coincide con sus datos: {document}. Por favor, corrija sus datos o envíe un documento "
        "que coincida.",
    },
    AskCode.WRONG_DOCUMENT: {
        "en": "The file you sent is another kind of document. Please send: {document}.",
        "de": "Die gesendete Datei ist ein anderes Dokument. Bitte senden Sie: {document}.",
        "fr": "Le fichier envoyé est un autre document. Merci d’envoyer : {document}.",
        "es": "El archivo enviado es otro documento. Por favor, envíe: {document}.",
    },
    AskCode.INCOMPLETE: {
        "en": "Parts of this document are missing: {document}. Please send all of its pages.",
        "de": "Teile dieses Dokuments fehlen: {document}. Bitte senden Sie alle Seiten.",
        "fr": "Ce document est incomplet : {document}. Merci d’en envoyer toutes les pages.",
        "es": "Este documento está incompleto: {document}. Por favor, envíe todas las páginas.",
    },
    AskCode.OTHER: {},
}

NAMES: dict[str, tuple[str, str, str, str]] = {
    "PASSPORT": ("passport", "Reisepass", "passeport", "pasaporte"),
    "NATIONAL_ID": ("identity card", "Personalausweis", "carte d’identité", "documento de identidad"),
    "DRIVING_LICENCE": ("driving licence", "Führerschein", "permis de conduire", "permiso de conducir"),
    "RESIDENCE_PERMIT": ("residence permit", "Aufenthaltstitel", "titre de séjour", "permiso de residencia"),
    "PROOF_OF_ADDRESS": (
        "proof of address",
        "Adressnachweis",
        "justificatif de domicile",
        "comprobante de domicilio",
    ),
    "SELFIE": ("photo of yourself", "Foto von Ihnen", "photo de vous", "foto de usted"),
    "SOURCE_OF_FUNDS": (
        "proof of where your money comes from",
        "Nachweis über die Herkunft Ihrer Mittel",
        "justificatif de l’origine de vos fonds",
        "justificante del origen de sus fondos",
    ),
    "CERTIFICATE_OF_INCORPORATION": (
        "certificate of incorporation",
        "Gründungsurkunde",
        "certificat de constitution",
        "certificado de constitución",
    ),
    "ARTICLES_OF_ASSOCIATION": ("articles of association", "Gesellschaftsvertrag", "statuts", "estatutos"),
    "REGISTER_EXTRACT": (
        "extract from the company register",
        "Handelsregisterauszug",
        "extrait du registre du commerce",
        "extracto del registro mercantil",
    ),
    "OWNERSHIP_STRUCTURE": (
        "overview of who owns the company",
        "Übersicht der Eigentümer des Unternehmens",
        "organigramme de l’actionnariat",
        "estructura de propiedad de la empresa",
    ),
    "BOARD_RESOLUTION": (
        "board resolution",
        "Beschluss der Geschäftsleitung",
        "décision du conseil",
        "acuerdo del consejo",
    ),
}
_ORDER = ("en", "de", "fr", "es")


def name_of(document_type: str, language: str) -> str:
    """The document's name in that language; in English where it has none there."""
    names = NAMES.get(document_type)
    if names is None:
        return document_type.replace("_", " ").lower()
    return names[_ORDER.index(language)] if language in _ORDER else names[0]


def pick(texts: dict[str, str], wanted: str) -> tuple[str, str]:
    """(language, text) of what a customer reads who wants `wanted`: that, else English, else what there is."""
    for language in (wanted, FALLBACK, *texts):
        if language in texts:
            return language, texts[language]
    return "", ""
