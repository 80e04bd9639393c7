"""How documents lie in a Tantivy index: fields, analyzers, and the numbers that sort without ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from importlib import metadata
from typing import Any

import msgspec
import tantivy

from tradewind.ports.search_index import IndexDocument

VERSION = 1  # of what is written: a folder of another is built anew
TIE_BITS = 19
TIES = (1 << TIE_BITS) - 1
KEPT_BODY = 1000  # characters of it that are shown
STEMMERS = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
}
EXACT = "exact"  # words as they are: lower case, accents folded
LONGEST_WORD = 60


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """What a hit needs, in one field."""

    document_id: str
    change: int
    title: str
    body: str
    payload: bytes


_encode_stored = msgspec.msgpack.Encoder().encode
decode_stored = msgspec.msgpack.Decoder(Stored).decode


class Layout:
    """The fields of an index over texts in these languages, with these numbers."""

    def __init__(self, languages: Sequence[str], numbers: Sequence[str]) -> None:
        """Raises ValueError for a language without a stemmer."""
        unknown = [language for language in languages if language not in STEMMERS]
        if unknown:
            raise ValueError(f"no stemmer for {', '.join(unknown)}: there are {', '.join(STEMMERS)}")
        self.languages, self.numbers = tuple(languages), tuple(numbers)
        self.analyzers = {EXACT: _analyzer(None)} | {name: _analyzer(STEMMERS[name]) for name in languages}
        self.schema = self._schema()
        self.forms = lru_cache(200_000)(self._forms)

    @cached_property
    def fingerprint(self) -> str:
        """Another one cannot be read as this one."""
        said = f"{VERSION} {metadata.version('tantivy')} {self.languages} {self.numbers}"
        return blake2b(said.encode(), digest_size=8).hexdigest()

    def register(self, index: Any) -> None:
        for name, analyzer in self.analyzers.items():
            index.register_tokenizer(name, analyzer)

    def _forms(self, word: str) -> Mapping[str, str]:
        """A word as each analyzer writes it; without the analyzers that make nothing, or more than one, of it."""
        made = {name: analyzer.analyze(word) for name, analyzer in self.analyzers.items()}
        return {name: tokens[0] for name, tokens in made.items() if len(tokens) == 1}

    def _schema(self) -> Any:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("serial", fast=True)
        builder.add_bytes_field("stored", stored=True)
        builder.add_text_field("codes", tokenizer_name="raw", index_option="basic")
        for name in (EXACT, *self.languages):
            builder.add_text_field(f"title_{name}", tokenizer_name=name)
            builder.add_text_field(f"all_{name}", tokenizer_name=name, index_option="basic")
            builder.add_text_field(f"details_{name}", tokenizer_name=name, index_option="freq")
        for name in self.languages:
            builder.add_text_field(f"kind_{name}", tokenizer_name=name, index_option="basic")
            builder.add_text_field(f"facts_{name}", tokenizer_name=name, index_option="freq")
            builder.add_text_field(f"body_{name}", tokenizer_name=name, index_option="freq")
        builder.add_text_field("brand", tokenizer_name=EXACT, index_option="basic")
        builder.add_text_field("code_words", tokenizer_name=EXACT, index_option="freq")
        builder.add_text_field("words", tokenizer_name=EXACT, index_option="basic")
        builder.add_json_field("k", tokenizer_name="raw", fast=True, index_option="basic")
        builder.add_text_field("countable", tokenizer_name="raw", fast=True, index_option="basic")
        for name in self.numbers:
            builder.add_integer_field(f"n_{name}", fast=True)
        builder.add_float_field("weight", fast=True)
        return builder.build()

    def document(self, source: IndexDocument) -> Any:
        """The document as Tantivy takes it."""
        made = tantivy.Document()
        made.add_text("id", source.document_id)
        made.add_integer("serial", serial(source.document_id))
        body = source.body[:KEPT_BODY]
        stored = Stored(source.document_id, source.change, source.title, body, source.payload)
        made.add_bytes("stored", _encode_stored(stored))
        for code in source.codes:
            made.add_text("codes", code)
        facts, details, codes = "\n".join(source.facts), "\n".join(source.details), " ".join(source.codes)
        named = "\n".join((source.title, source.kind, source.brand, facts))
        for name in (EXACT, *self.languages):
            made.add_text(f"title_{name}", source.title)
            made.add_text(f"all_{name}", f"{named}\n{codes}\n{source.body}")
            made.add_text(f"details_{name}", details)
        for name in self.languages:
            made.add_text(f"kind_{name}", source.kind)
            made.add_text(f"facts_{name}", facts)
            made.add_text(f"body_{name}", source.body)
        made.add_text("brand", source.brand)
        made.add_text("code_words", codes)
        made.add_text("words", named)
        made.add_json("k", {key(name): list(values) for name, values in source.keywords.items()})
        for name in source.countable:
            made.add_text("countable", name)
        for name, value in source.numbers.items():
            made.add_integer(f"n_{name}", packed(value, source.document_id))
        # A trace of the id in the weight: what scores alike lies in the same order in every copy.
        made.add_float("weight", source.weight * (1 + _tie(source.document_id) / TIES * 1e-4))
        return made


def _analyzer(stemmer: str | None) -> Any:
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"[\p{L}\p{N}]+"))
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )
    return (builder.filter(tantivy.Filter.stemmer(stemmer)) if stemmer else builder).build()


@lru_cache(100_000)
def key(name: str) -> str:
    """A keyword's name as a key of the JSON field, whose paths give dots and quotes a meaning."""
    return "h" + blake2b(name.encode(), digest_size=8).hexdigest()


def packed(value: int, document_id: str) -> int:
    """A number that sorts as `value` does, and between equal values by the document: no two tie."""
    number: int = value << TIE_BITS | _tie(document_id)
    return number


def serial(document_id: str) -> int:
    """The document's own number, the same in every copy."""
    return int.from_bytes(blake2b(document_id.encode(), digest_size=8).digest()) >> 1


def _tie(document_id: str) -> int:
    return serial(document_id) & TIES
