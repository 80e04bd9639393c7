"""Staff say which words stand for one another. It holds for the next search: nothing is built anew."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.search.deps import Deps
from tradewind.services.search.domain.words import words_of
from tradewind.services.search.shapes import PutSynonym, Synonym
from tradewind.services.search.store import synonyms
from tradewind.services.search.use_cases.remember import forget_memory


async def put_synonym(deps: Deps, synonym_id: UUID, said: PutSynonym, once: Once) -> Synonym:
    """Raises Invalid for terms without words, and for what does not say two things."""
    _check(said)
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        created_at = await synonyms.put(tx, synonym_id, said, now)
        tx.after_commit(lambda: forget_memory(deps))
        return await once.answer(
            tx, Synonym(synonym_id, said.kind, said.terms, said.from_term, created_at, now)
        )


def _check(said: PutSynonym) -> None:
    for index, term in enumerate(said.terms):
        if not words_of(term):
            raise Invalid(
                "term_without_words", "a term has at least one letter or digit", field=f"terms[{index}]"
            )
    if said.kind == "two_way":
        if said.from_term is not None:
            raise Invalid("from_term_not_expected", "two-way synonyms are all in `terms`", field="from_term")
        if len({tuple(words_of(term)) for term in said.terms}) < 2:
            raise Invalid(
                "terms_too_few", "at least two different terms stand for one another", field="terms"
            )
    elif said.from_term is None or not words_of(said.from_term):
        raise Invalid("from_term_required", "say which term finds the others", field="from_term")
