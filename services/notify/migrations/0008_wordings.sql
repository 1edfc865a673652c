-- The wording of each consent, once for each text: the evidence names it by its hash (47 CFR 64.1200(f)(9)). New and small.

CREATE TABLE consent_texts (
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    wording text NOT NULL,
    first_given_at timestamptz NOT NULL,
    CONSTRAINT consent_texts_pkey PRIMARY KEY (site_id, text_hash)
);
