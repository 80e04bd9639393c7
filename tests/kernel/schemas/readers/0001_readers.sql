CREATE TABLE heard (
    note_id uuid NOT NULL,
    text    text NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

CREATE TABLE kept (
    name  text PRIMARY KEY,
    calls integer NOT NULL
);
