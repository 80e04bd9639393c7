-- The wallets that a processor offers beside PayPal are one method, `wallet`; which it was, `network` says.
ALTER TABLE payments DROP CONSTRAINT payments_method_check;
ALTER TABLE payments ADD CONSTRAINT payments_method_check CHECK (
    method IN ('card', 'paypal', 'wallet', 'gift_card', 'bank_transfer', 'cash_on_delivery'));
ALTER TABLE payment_rules DROP CONSTRAINT payment_rules_method_check;
ALTER TABLE payment_rules ADD CONSTRAINT payment_rules_method_check CHECK (method IN ('card', 'paypal', 'wallet'));
