SELECT 1;  -- kept for what follows
