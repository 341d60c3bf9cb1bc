"""Acknowledge links can be neither made nor changed by anybody else, and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.token import Claim, Expired, Forged, seal, unseal

OLD, NEW = b"o" * 32, b"n" * 32
CLAIM = Claim("acme/C-1/ü", "first_response-1-2-anna", 1, "anna", 1000)
texts = st.text(max_size=50)


@given(st.builds(Claim, texts, texts, st.integers(1, 9), texts, st.integers(1, 2**60)))
def test_what_was_sealed_is_unsealed(claim: Claim) -> None:
    token = seal(claim, [NEW])
    assert unseal(token, [NEW, OLD], now=0) == claim
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_an_old_secret_still_opens_until_it_is_dropped() -> None:
    token = seal(CLAIM, [OLD])
    assert unseal(token, [NEW, OLD], now=0) == CLAIM
    with pytest.raises(Forged):
        unseal(token, [NEW], now=0)


def test_its_time_ends() -> None:
    token = seal(CLAIM, [NEW])
    unseal(token, [NEW], now=999)
    with pytest.raises(Expired):
        unseal(token, [NEW], now=1000)


@given(st.data())
def test_no_changed_token_opens(data: st.DataObject) -> None:
    token = seal(CLAIM, [NEW])
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.=é").filter(lambda c: c != token[place]))
    with pytest.raises(Forged):
        unseal(token[:place] + other + token[place + 1 :], [NEW], now=0)


@given(st.one_of(st.text(), st.sampled_from(["", ".", "a", "a.b", "." * 9999])))
def test_no_text_at_all_does_anything_but_fail_clearly(text: str) -> None:
    with pytest.raises(Forged):
        unseal(text, [NEW], now=0)
