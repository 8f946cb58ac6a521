"""Checks that are taken out of the database one at a time, and the attack that each of them stands in the way of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kernel.database import Connection
from tests.integration.approvals import attacks, attacks_on_rules
from tests.integration.approvals.support import Queue

Attack = Callable[[Queue, Connection], Awaitable[bool]]
"""Whether it got through."""


@dataclass(frozen=True)
class Mutant:
    """A function of the queue with one piece of its source replaced."""

    function: str
    check: str
    instead: str
    attack: Attack

    def __str__(self) -> str:
        return f"{self.function}: {self.attack.__name__}"


MUTANTS = (
    Mutant("guard_payload_v2", "NEW.state <> 'PENDING' OR", "", attacks.payload_change_with_approval),
    Mutant(
        "guard_payload_v2", "PERFORM approvals.check_payload_v2(NEW);", "NULL;", attacks.columns_other_than_their_bytes
    ),
    Mutant(
        "guard_payload_v2",
        "NEW.compensates, NEW.created_at, NEW.expires_at)",
        "NEW.compensates, NEW.created_at, OLD.expires_at)",
        attacks.longer_life,
    ),
    Mutant(
        "check_payload_v2",
        "p_action.terms ->> 'policy_version' IS DISTINCT FROM p_action.policy_version",
        "false",
        attacks.revision_under_other_terms,
    ),
    Mutant(
        "guard_revision_v2",
        "NEW.digest IS DISTINCT FROM approvals.digest_v1(NEW.canonical)",
        "false",
        attacks.revision_with_another_digest,
    ),
    Mutant(
        "guard_revision_v2",
        "CASE WHEN NEW.editor = 'server:' || v_action.server THEN 'EXECUTING' ELSE 'PENDING' END",
        "v_action.state",
        attacks.revision_after_the_approval,
    ),
    Mutant(
        "guard_state_v2", "'PENDING>PENDING'", "'PENDING>PENDING', 'REJECTED>PENDING'", attacks.rejected_again_pending
    ),
    Mutant("guard_state_v2", "NEW.state = 'EXPIRED' AND", "false AND", attacks.early_expiry),
    Mutant(
        "guard_state_v2",
        "OR v_edge = 'EXECUTING>PENDING' AND NEW.revision = OLD.revision",
        "",
        attacks.back_to_pending_without_a_revision,
    ),
    Mutant("guard_approval_v2", "NOT approvals.is_approved_v2(NEW)", "false", attacks.approval_without_votes),
    Mutant(
        "guard_approval_v2",
        "coalesce(OLD.dispatch_after > clock_timestamp(), true)",
        "NEW.dispatch_after > clock_timestamp()",
        attacks.shorter_undo_with_execution,
    ),
    Mutant(
        "guard_approval_v2", "NEW.broke_glass AND NOT OLD.broke_glass AND", "false AND", attacks.glass_broken_by_hand
    ),
    Mutant(
        "guard_approval_v2",
        "OR (OLD.state = 'EXECUTING' AND OLD.lease_until > clock_timestamp())",
        "",
        attacks.early_takeover,
    ),
    Mutant("guard_approval_v2", "NEW.receipt -> 'differences' = '[]'::jsonb", "true", attacks.success_with_differences),
    Mutant("is_approved_v2", "vote.reviewer <> p_action.proposer AND", "", attacks.proposers_forged_vote_with_approval),
    Mutant(
        "is_approved_v2",
        "AND vote.on_behalf_of IS DISTINCT FROM p_action.proposer",
        "",
        attacks.delegation_of_ones_own_proposal,
    ),
    Mutant(
        "is_approved_v2",
        "vote.roles && ARRAY(",
        "vote.roles IS NOT DISTINCT FROM vote.roles OR vote.roles && ARRAY(",
        attacks.vote_in_another_role,
    ),
    Mutant(
        "is_approved_v2",
        "count(DISTINCT coalesce(d.on_behalf_of, d.reviewer))",
        "count(DISTINCT d.reviewer)",
        attacks.one_authority_twice,
    ),
    Mutant("is_approved_v2", "true)) > 0", "true)) >= 0", attacks.editor_alone),
    Mutant(
        "is_approved_v2",
        "AND 'admin' = ANY (d.roles)) >= 2",
        "AND 'admin' = ANY (d.roles)) >= 1",
        attacks.glass_broken_by_one,
    ),
    Mutant(
        "guard_decision_v2",
        "NEW.decision <> 'reject' AND v_action.proposer IN",
        "false AND v_action.proposer IN",
        attacks.proposers_vote,
    ),
    Mutant("guard_decision_v2", "NOT NEW.roles && v_roles", "false", attacks.vote_of_a_viewer),
    Mutant("guard_decision_v2", "d.revoked_at IS NULL AND", "", attacks.revoked_delegation),
    Mutant("guard_decision_v2", "NEW.revision <> v_action.revision", "false", attacks.vote_on_an_earlier_revision),
    Mutant("guard_decision_v2", "IF EXISTS (", "IF false AND EXISTS (", attacks.second_vote),
    Mutant(
        "guard_decision_v2",
        "OR NOT coalesce((NEW.automatic -> 'approved')::boolean, false)",
        "",
        attacks_on_rules.vote_of_a_rule_that_refused,
    ),
    Mutant(
        "claim_action_v2",
        "NOT coalesce(approvals.may_run_now_v1(v_action), false)",
        "false",
        attacks.claim_in_a_blackout,
    ),
    Mutant("finish_action_v2", "AND fence = p_fence", "", attacks.receipt_of_a_stale_fence),
    Mutant("drift_action_v1", "AND fence = p_fence", "", attacks.drift_of_a_stale_fence),
    Mutant(
        "reserve_v1",
        "PERFORM pg_advisory_xact_lock(hashtextextended('approvals.ledger:' || v_tenant, 0));",
        "NULL;",
        attacks_on_rules.ledger_changed_twice_at_once,
    ),
    Mutant(
        "decide_action_v2",
        "PERFORM approvals.release_v1(v_action.tenant, p_id);",
        "NULL;",
        attacks_on_rules.rejection_waits_crosswise,
    ),
    Mutant("guard_exposure_v1", "NEW.committed > NEW.cap AND", "false AND", attacks_on_rules.more_than_the_cap),
    Mutant(
        "reserve_v1",
        "committed = e.committed + excluded.committed",
        "committed = excluded.committed",
        attacks_on_rules.many_small_past_a_cap,
    ),
    Mutant(
        "guard_reservation_v1",
        "RAISE EXCEPTION 'a reservation",
        "RETURN NEW; RAISE EXCEPTION 'a reservation",
        attacks_on_rules.smaller_reservation_and_more,
    ),
    Mutant("settle_exposure_v1", "'CANCELLED', ", "", attacks_on_rules.room_of_what_was_cancelled_is_lost),
    Mutant(
        "refuse_change_v1",
        "RAISE EXCEPTION '% on",
        "RETURN NULL; RAISE EXCEPTION '% on",
        attacks_on_rules.higher_cap_and_more,
    ),
    Mutant(
        "terms_v1", "(p_used ->> measured.unit)::numeric", "measured.amount", attacks_on_rules.many_small_past_a_tier
    ),
    Mutant(
        "automatic_rule_v1",
        "jsonb_array_length(p_doc -> 'provenance' -> 'untrusted')",
        "0",
        attacks_on_rules.rule_for_untrusted_input,
    ),
    Mutant(
        "automatic_rule_v1",
        "WHERE v_rule -> 'daily_limits' ? used.key",
        "WHERE false",
        attacks_on_rules.many_small_past_a_rule,
    ),
    Mutant("revise_action_v1", "|| '{\"automatic\": null}'", "", attacks_on_rules.edit_for_a_rule),
    Mutant("propose_action_v2", "v_action.proposer <> p_proposer OR", "", attacks.key_of_another_proposer),
    Mutant(
        "propose_action_v2",
        "v_doc ->> 'policy_version' IS DISTINCT FROM v_policy.name || '-' || v_policy.version",
        "false",
        attacks.earlier_policy_is_a_fault,
    ),
    Mutant("cancel_action_v2", "v_action.proposer <> p_by AND", "false AND", attacks.cancellation_by_anybody),
    Mutant("reconcile_action_v1", "v_action.proposer = p_by", "false", attacks.settling_ones_own),
    Mutant(
        "close_review_v1",
        "decision) = (v_tenant, p_id, p_by, 'break_glass')",
        "decision) = (v_tenant, p_id, '', '')",
        attacks.review_by_who_broke_the_glass,
    ),
    Mutant(
        "release_at_v1",
        "(p_at AT TIME ZONE v_zone)::date - 1)",
        "(p_at AT TIME ZONE v_zone)::date + 1)",
        attacks_on_rules.quiet_after_midnight_forgotten,
    ),
    Mutant(
        "remind_next_v1",
        "remind_at = CASE WHEN remind_at > v_now THEN remind_at END",
        "remind_at = remind_at",
        attacks_on_rules.reminded_twice,
    ),
)
