-- A parcel whose money is had leaves: from then on only its stock can make it fail.
ALTER TABLE fulfilments ADD COLUMN paid_at timestamptz;
