-- Photos that customers give with a claim. The bytes are kept apart, under `blob`: written down here before they are
-- put there, and forgotten here after they are gone there, so that none is left over.
CREATE TABLE claim_photos (
    photo_id   uuid PRIMARY KEY,
    claim_id   uuid NOT NULL REFERENCES order_claims,
    blob       text NOT NULL UNIQUE,
    media_type text NOT NULL CHECK (media_type IN ('image/webp', 'image/png', 'image/jpeg')),
    width      integer NOT NULL CHECK (width > 0),
    height     integer NOT NULL CHECK (height > 0),
    actor      text NOT NULL,
    added_at   timestamptz NOT NULL,
    delete_at  timestamptz  -- seen by nobody, and deleted from then on: it is on its way in, or out
);
CREATE INDEX claim_photos_claim ON claim_photos (claim_id, added_at);
CREATE INDEX claim_photos_delete ON claim_photos (delete_at) WHERE delete_at IS NOT NULL;
CREATE INDEX order_claims_ended ON order_claims (updated_at) WHERE state IN ('settled', 'refused', 'cancelled');
