"""How random faults are set and drawn."""

import pytest

from sandbox.errors import InvalidFaults
from sandbox.faults import Likelihood, draw, parse_likelihoods


def test_faults_are_read_in_their_order() -> None:
    assert parse_likelihoods("ads:rate_limit:0.05, messenger:lie:1") == (
        Likelihood(service="ads", kind="rate_limit", probability=0.05),
        Likelihood(service="messenger", kind="lie", probability=1),
    )


def test_no_setting_means_no_faults() -> None:
    assert parse_likelihoods("") == ()


@pytest.mark.parametrize("text", ["ads", "ads:rate_limit", "ads:rate_limit:2", "mail:lie:0.1", "ads:lie:x", "ads:x:0"])
def test_a_fault_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(InvalidFaults, match=text):
        parse_likelihoods(f"publisher:timeout:0.5,{text}")


def test_a_certain_fault_strikes_its_service_alone() -> None:
    faults = parse_likelihoods("ads:server_error:1")
    assert draw(faults, "ads", "POST") == "server_error"
    assert draw(faults, "publisher", "POST") is None


def test_a_read_is_never_lied_to() -> None:
    assert draw(parse_likelihoods("ads:lie:1"), "ads", "GET") is None


def test_an_impossible_fault_never_strikes() -> None:
    faults = parse_likelihoods("ads:lie:0")
    assert {draw(faults, "ads", "POST") for _ in range(200)} == {None}
