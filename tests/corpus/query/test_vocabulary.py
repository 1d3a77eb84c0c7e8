import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.query import oracle
from venetic.corpus.query import Vocabulary
from venetic.kernel import Misuse

_terms = st.text(st.sampled_from("abcdß東京👍z1"), max_size=6)
_vocabularies = st.sets(_terms, max_size=60).map(sorted)


@given(_vocabularies, _terms)
@settings(max_examples=300)
def test_prefix_terms_are_all_that_start_so(terms: list[str], prefix: str) -> None:
    found = Vocabulary(pa.array(terms, pa.string())).prefix_terms(prefix)
    assert found.to_pylist() == [term for term in terms if term.startswith(prefix)]


@given(_vocabularies, _terms, st.integers(1, 2), st.sampled_from([pa.string(), pa.large_string()]))
@settings(max_examples=300)
def test_fuzzy_terms_are_all_within_the_distance(terms: list[str], word: str, distance: int, kind: pa.DataType) -> None:
    found = Vocabulary(pa.array(terms, kind)).fuzzy_terms(word, distance)
    assert found.to_pylist() == [term for term in terms if oracle._edits(word, term) <= distance]


@pytest.mark.parametrize("length", [253, 254, 255, 256, 257, 300])
def test_fuzzy_works_on_words_longer_than_the_kept_lengths(length: int) -> None:
    terms = sorted("a" * n for n in range(250, 305))
    found = Vocabulary(pa.array(terms)).fuzzy_terms("a" * length, 2)
    assert found.to_pylist() == ["a" * n for n in range(length - 2, length + 3)]


def test_a_slice_of_an_array_is_a_vocabulary_too() -> None:
    some = Vocabulary(pa.array(["a", "aa", "ab", "b", "ba"])[1:4])
    assert some.prefix_terms("a").to_pylist() == ["aa", "ab"]
    assert some.fuzzy_terms("a", 1).to_pylist() == ["aa", "ab", "b"]


def test_a_column_in_chunks_is_a_vocabulary_too() -> None:
    some = Vocabulary(pa.chunked_array([["a", "aa"], [], ["ab", "b"]], pa.string()))
    assert some.prefix_terms("a").to_pylist() == ["a", "aa", "ab"]
    assert some.fuzzy_terms("b", 1).to_pylist() == ["a", "ab", "b"]
    assert Vocabulary(pa.chunked_array([], pa.string())).fuzzy_terms("b", 1).to_pylist() == []


@pytest.mark.parametrize("terms", [["b", "a"], ["a", "a"], ["a", None]])
def test_a_list_that_is_not_sorted_and_distinct_is_refused(terms: list[str | None]) -> None:
    with pytest.raises(Misuse):
        Vocabulary(pa.array(terms, pa.string()))
