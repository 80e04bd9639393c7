-- Words of name and address, in lower case, and the address's domain: as services/user/queries.py asks for them.
CREATE INDEX accounts_words ON accounts USING gin (array_to_tsvector(array_remove(
    string_to_array(lower(name || ' ' || email || ' ' || split_part(email, '@', 2)), ' '), '')))
    WHERE email IS NOT NULL;
