"""What must hold in the user service's tables at any moment: each query answers one row a violation."""

from __future__ import annotations

from tradewind.contracts.user import PERMISSIONS, ROLES

_ROLES = ", ".join(f"'{role}'" for role in ROLES)
_PERMISSIONS = ", ".join(f"'{permission}'" for permission in PERMISSIONS)

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "e-mail addresses are unique",
        "SELECT lower(email), count(*) FROM accounts WHERE email IS NOT NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    ("e-mail addresses are in lower case", "SELECT id, email FROM accounts WHERE email <> lower(email)"),
    (
        "open accounts have an address and an argon2id hash",
        """
        SELECT id FROM accounts WHERE closed_at IS NULL
            AND (email IS NULL OR password_hash IS NULL OR password_hash NOT LIKE '$argon2id$v=19$%')
        """,
    ),
    (
        "closed accounts hold nothing personal",
        """
        SELECT id FROM accounts WHERE closed_at IS NOT NULL
            AND (email IS NOT NULL OR password_hash IS NOT NULL OR name <> '' OR roles <> '{}'
                OR EXISTS (SELECT 1 FROM addresses WHERE account_id = accounts.id))
        """,
    ),
    (
        "closed accounts have no session, API key or reset",
        """
        SELECT a.id FROM accounts a WHERE closed_at IS NOT NULL
            AND (EXISTS (SELECT 1 FROM sessions WHERE account_id = a.id)
                OR EXISTS (SELECT 1 FROM api_keys WHERE account_id = a.id)
                OR EXISTS (SELECT 1 FROM password_resets WHERE account_id = a.id))
        """,
    ),
    (
        "accounts are closed after they were made",
        "SELECT id FROM accounts WHERE closed_at < created_at",
    ),
    (
        "roles are known, sorted, and held once",
        f"""
        SELECT id, roles FROM accounts
        WHERE NOT roles <@ ARRAY[{_ROLES}] OR roles <> ARRAY(
            SELECT DISTINCT role COLLATE "C" FROM unnest(roles) AS role ORDER BY 1)
        """,
    ),
    (
        "roles are what their last change made them",
        """
        SELECT a.id FROM accounts a JOIN LATERAL (
            SELECT roles_after FROM role_changes WHERE account_id = a.id ORDER BY changed_at DESC, id DESC LIMIT 1
        ) AS last ON true
        WHERE a.closed_at IS NULL AND a.roles <> last.roles_after
        """,
    ),
    (
        "each change of roles begins where the one before ended",
        """
        SELECT id FROM (
            SELECT id, roles_before, lag(roles_after)
                OVER (PARTITION BY account_id ORDER BY changed_at, id) AS before FROM role_changes) AS steps
        WHERE before IS NOT NULL AND before <> roles_before
        """,
    ),
    (
        "scopes of API keys are known permissions",
        f"SELECT id, scopes FROM api_keys WHERE NOT scopes <@ ARRAY[{_PERMISSIONS}]",
    ),
    (
        "sessions are seen between their beginning and their end",
        "SELECT id FROM sessions WHERE last_seen_at < created_at OR last_seen_at >= expires_at",
    ),
    (
        "resets are used in time",
        "SELECT id FROM password_resets WHERE used_at >= expires_at OR used_at < created_at",
    ),
    (
        "no reset outlives the use of another made before that use",
        """
        SELECT open.id FROM password_resets open JOIN password_resets used USING (account_id)
        WHERE open.used_at IS NULL AND open.created_at < used.used_at
        """,
    ),
    (
        "an account with addresses has one default for shipping and one for billing",
        """
        SELECT account_id FROM addresses GROUP BY account_id
        HAVING count(*) FILTER (WHERE default_shipping) <> 1 OR count(*) FILTER (WHERE default_billing) <> 1
        """,
    ),
    (
        "pauses follow repeated failures only, and are short",
        """
        SELECT source FROM log_in_failures
        WHERE (failures < 5 AND blocked_until > failed_at) OR blocked_until > failed_at + interval '64 seconds'
        """,
    ),
)
