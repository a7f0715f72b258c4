-- The append is decided by the one writer here (src/store/sqlite/append.rs), so there is no function to define.
SELECT 1;
