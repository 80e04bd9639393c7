-- By what a line is taxed: where an order goes elsewhere, what staff wrote and what is not sold any more is taxed by it.
-- What names another class than most is gathered before the lines are locked; they are then found by their key.
CREATE TEMPORARY TABLE named ON COMMIT DROP AS
SELECT order_id, sku, tax_class FROM (
    SELECT order_id, 'CUSTOM-' || row_number() OVER (PARTITION BY order_id ORDER BY place) AS sku,
        line ->> 'tax_class' AS tax_class
    FROM order_drafts, jsonb_array_elements(terms -> 'lines') WITH ORDINALITY AS l (line, place)
    WHERE line ->> 'sku' IS NULL
    UNION ALL
    SELECT order_id, line ->> 'sku', line ->> 'tax_class'
    FROM order_edits, jsonb_array_elements(wanted -> 'lines') AS l (line)
    WHERE state = 'confirmed' AND line ->> 'title' IS NOT NULL) AS written
WHERE tax_class <> 'standard';
ANALYZE named;
ALTER TABLE order_lines ADD COLUMN tax_class text NOT NULL DEFAULT 'standard';
UPDATE order_lines o SET tax_class = named.tax_class
FROM named WHERE o.order_id = named.order_id AND o.sku = named.sku AND o.kind = 'custom';
SET CONSTRAINTS ALL IMMEDIATE;
