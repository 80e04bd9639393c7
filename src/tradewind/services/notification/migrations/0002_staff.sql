-- Mails to staff name the order that a payment's event is about, which the event itself does not.

ALTER TABLE messages ADD COLUMN order_number text
    CONSTRAINT messages_number_an_order CHECK (order_number IS NULL OR order_id IS NOT NULL);
