-- By what a line is taxed: where an order goes elsewhere, what staff wrote and what is not sold any more is taxed by it.
ALTER TABLE order_lines ADD COLUMN tax_class text NOT NULL DEFAULT 'standard';
WITH named AS (
    SELECT order_id, 'CUSTOM-' || row_number() OVER (PARTITION BY order_id ORDER BY place) AS sku,
        line ->> 'tax_class' AS tax_class
    FROM order_drafts, jsonb_array_elements(terms -> 'lines') WITH ORDINALITY AS l (line, place)
    WHERE line ->> 'sku' IS NULL
    UNION ALL
    SELECT order_id, line ->> 'sku', line ->> 'tax_class'
    FROM order_edits, jsonb_array_elements(wanted -> 'lines') AS l (line)
    WHERE state = 'confirmed' AND line ->> 'title' IS NOT NULL
)
UPDATE order_lines o SET tax_class = named.tax_class
FROM named WHERE o.order_id = named.order_id AND o.sku = named.sku AND o.kind = 'custom' AND named.tax_class <> 'standard';
SET CONSTRAINTS ALL IMMEDIATE;
