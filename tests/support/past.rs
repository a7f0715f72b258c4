//! Living in the past: what takes days is written by a process, and a database, whose clocks are behind. Every test is a
//! process of its own.

use colloquy::clock;
use sqlx::{Connection, Executor, PgConnection};

use super::databases::TestDatabase;

/// From now on everything that is written is so many days old. On PostgreSQL only what connects after the first call
/// lives by that.
pub(crate) async fn live_days_ago(database: &TestDatabase, days: i64) {
    clock::live_days_ago(days);
    let TestDatabase::Postgres { name, .. } = database else {
        return;
    };
    let mut hand = PgConnection::connect(&database.url()).await.unwrap();
    // Found before the server's own, which it asks by its full name.
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS public.past (ago interval NOT NULL);
         DELETE FROM public.past;
         INSERT INTO public.past VALUES (interval '{days} days');
         CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
             AS 'SELECT pg_catalog.clock_timestamp() - (SELECT ago FROM public.past)';
         ALTER DATABASE {name} SET search_path = public, pg_catalog"
    );
    hand.execute(sql.as_str()).await.unwrap();
    hand.close().await.unwrap();
}
