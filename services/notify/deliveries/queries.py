"""The statements of the delivery worker."""

from sqlalchemy import text

INSERT = text(
    """
    WITH wanted AS (
        SELECT id FROM subscription
        WHERE active AND CAST(:event_type AS text) = ANY (event_types)
          AND EXISTS (
            SELECT FROM unnest(CAST(:area_codes AS text[])) AS place (code)
            WHERE starts_with(place.code, area_code) OR (:reaches_down AND starts_with(area_code, place.code)))
        FOR KEY SHARE
    ), stored AS (
        INSERT INTO occurrence (event_id, event_type, body)
        SELECT CAST(:event_id AS uuid), CAST(:event_type AS text), CAST(:body AS bytea)
        WHERE EXISTS (SELECT FROM wanted)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO delivery (subscription_id, event_id, event_type)
    SELECT id, CAST(:event_id AS uuid), CAST(:event_type AS text) FROM wanted
    ON CONFLICT DO NOTHING RETURNING id
    """
)
"""An event's deliveries: to the active subscriptions of its type whose area holds it."""

CLAIM = text(
    """
    WITH due AS (
        SELECT picked.id FROM subscription
        CROSS JOIN LATERAL (
            SELECT delivery.id FROM delivery
            WHERE delivery.subscription_id = subscription.id AND delivery.status = 'pending'
              AND delivery.next_attempt_at <= now()
              AND (delivery.leased_until IS NULL OR delivery.leased_until <= now())
            ORDER BY delivery.next_attempt_at
            LIMIT greatest(0, :per_subscription - (
                SELECT count(*) FROM delivery AS busy
                WHERE busy.subscription_id = subscription.id AND busy.leased_until > now()))
            FOR UPDATE SKIP LOCKED
        ) AS picked
        WHERE subscription.active
        LIMIT :most
    ), claimed AS (
        UPDATE delivery
        SET attempts = attempts + 1, leased_until = now() + make_interval(secs => :lease_seconds)
        FROM due WHERE delivery.id = due.id
        RETURNING delivery.id, delivery.subscription_id, delivery.event_id, delivery.attempts
    )
    SELECT claimed.id, claimed.subscription_id, claimed.event_id, claimed.attempts, occurrence.body,
           subscription.url, subscription.secret,
           CASE WHEN subscription.previous_secret_until > now() THEN subscription.previous_secret END AS previous_secret
    FROM claimed
    JOIN subscription ON subscription.id = claimed.subscription_id
    JOIN occurrence ON occurrence.event_id = claimed.event_id
    """
)
"""Take due deliveries for a while, some of each subscription: whoever takes them and dies loses them again."""

RECORD = text(
    """
    WITH done AS (
        UPDATE delivery
        SET status = :outcome, leased_until = NULL, last_status = :status, last_error = :error,
            delivered_at = CASE WHEN :outcome = 'delivered' THEN now() END,
            next_attempt_at = CASE WHEN :outcome = 'pending' THEN now() + make_interval(secs => :wait) END
        WHERE id = :id AND attempts = :number AND status = 'pending'
        RETURNING id
    )
    INSERT INTO attempt (delivery_id, number, at, status, error, duration_ms)
    SELECT id, :number, CAST(:at AS timestamptz), :status, :error, :duration_ms FROM done
    """
)
"""Write down what came of a try, unless the delivery was taken by somebody else or deleted meanwhile."""

DEACTIVATE = text(
    "UPDATE subscription SET active = false, deactivated_reason = 'gone', version = version + 1"
    " WHERE id = :subscription_id AND active"
)
BACKLOG = text("SELECT count(*) FROM delivery WHERE status = 'pending'")
FORGET_FINISHED = text(
    "DELETE FROM delivery WHERE created_at < now() - make_interval(days => :days) AND status <> 'pending'"
)
FORGET_ABANDONED = text(
    "DELETE FROM delivery USING subscription WHERE subscription.id = delivery.subscription_id"
    " AND NOT subscription.active AND delivery.created_at < now() - make_interval(days => :days)"
)
FORGET_OCCURRENCES = text(
    "DELETE FROM occurrence WHERE NOT EXISTS (SELECT FROM delivery WHERE delivery.event_id = occurrence.event_id)"
)
