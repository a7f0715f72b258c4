//! What the notary signs, and when it does not.

use std::{fs, time::Instant};

use colloquy::{
    audit::{anchor::Anchor, key::Trusted},
    shutdown::Shutdown,
};
use uuid::Uuid;

use super::world::{Record, key_for};
use crate::{
    store::fixture::{Log, on_both, within},
    support::look_again,
};

on_both! {
    async fn what_happens_is_signed_within_a_second_or_two(log: Log) {
        let record = Record::of(log).await;
        let ending = Shutdown::default();
        ending.spawn(record.notary(Uuid::from_u128(1), &record.key, Some(&record.anchor)).run(ending.clone()));
        for round in 0..3 {
            record.write("a", round, 1).await;
            within(async {
                while record.anchor.last().unwrap().is_none_or(|last| last.size < round + 1) {
                    look_again().await;
                }
            }).await;
        }
        assert!(ending.finish(std::time::Duration::from_secs(10)).await);
        assert!(record.verify().await.is_well());
    }

    async fn where_something_happens_all_the_time_there_is_a_signature_a_second(log: Log) {
        let record = Record::of(log).await;
        let ending = Shutdown::default();
        let began = Instant::now();
        ending.spawn(record.notary(Uuid::from_u128(1), &record.key, None).run(ending.clone()));
        for nth in 0..300 {
            record.write("a", nth, 1).await;
        }
        assert!(ending.finish(std::time::Duration::from_secs(10)).await);
        let signed = record.log.store.checkpoints_after(0, 1_000).await.unwrap();
        // One at once, one each second, and one at the end.
        let most = began.elapsed().as_secs() + 2;
        assert!(signed.len() as u64 <= most, "{} signatures, where {most} are enough", signed.len());
        assert_eq!(signed.last().unwrap().size, 300);
    }

    async fn many_events_are_signed_in_parts(log: Log) {
        let record = Record::of(log).await;
        for nth in 0..40 {
            record.write(&format!("s{nth}"), 0, 500).await;
        }
        record.sign().await;
        let sizes: Vec<u64> = record.log.store.checkpoints_after(0, 10).await.unwrap()
            .iter().map(|checkpoint| checkpoint.size).collect();
        assert_eq!(sizes, [16_384, 20_000]);
        let report = record.verify().await;
        assert!(report.is_well(), "{report}");
        assert_eq!(report.signed, 20_000);
    }

    async fn two_nodes_make_one_tree(log: Log) {
        let record = Record::of(log).await;
        for round in 0..6 {
            record.write("a", round * 40, 40).await;
            let ending = Shutdown::default();
            ending.begin();
            let one = record.notary(Uuid::from_u128(1), &record.key, None).run(ending.clone());
            let two = record.notary(Uuid::from_u128(2), &record.key, None).run(ending);
            within(async { tokio::join!(one, two) }).await;
        }
        record.sign().await;
        let report = record.verify().await;
        assert!(report.is_well(), "{report}");
        assert_eq!(report.signed, 240);
    }

    async fn a_node_that_ends_without_having_signed_keeps_no_other_from_signing(log: Log) {
        let record = Record::of(log).await;
        record.write("a", 0, 1).await;
        record.sign().await;
        let ended = async |anchor: Option<&Anchor>| {
            let ending = Shutdown::default();
            ending.begin();
            let other = record.notary(Uuid::from_u128(2), &record.key, anchor);
            within(other.run(ending)).await;
        };
        // It has nothing to sign.
        ended(None).await;
        record.write("a", 1, 1).await;
        record.sign().await;
        let signed = async || record.log.store.last_checkpoint().await.unwrap().unwrap().size;
        assert_eq!(signed().await, 2);
        // It refuses to: its anchor is no file.
        record.write("a", 2, 1).await;
        let directory = Anchor::at(record.anchor.path().parent().unwrap());
        ended(Some(&directory)).await;
        assert_eq!(signed().await, 2);
        record.sign().await;
        assert_eq!(signed().await, 3);
    }

    async fn nothing_is_signed_on_top_of_another_keys_signature_unless_it_is_a_former_ones(log: Log) {
        let record = Record::signed(log).await;
        let next = key_for(record.id);
        let signed = async || record.log.store.last_checkpoint().await.unwrap().unwrap().size;
        record.write("d", 0, 1).await;
        record.sign_as(&next, None).await;
        assert_eq!(signed().await, 20);
        // The one that was there first is not kept from it.
        record.sign_as(&record.key, None).await;
        assert_eq!(signed().await, 21);

        record.write("d", 1, 1).await;
        let notary = |key, former: &[String]| {
            record.notary(Uuid::from_u128(2), key, None).after(former).unwrap()
        };
        let stranger = key_for(record.id).public().to_owned();
        let refused = within(notary(&next, &[stranger]).sign()).await.unwrap_err().to_string();
        assert!(refused.contains("signed with another notary.key"), "{refused}");
        assert_eq!(signed().await, 21);
        let former = [record.key.public().to_owned()];
        within(notary(&next, &former).sign()).await.unwrap();
        assert_eq!(signed().await, 22);
        // From now on the former one is the other one.
        record.write("d", 2, 1).await;
        record.sign().await;
        assert_eq!(signed().await, 22);
        within(notary(&next, &[]).sign()).await.unwrap();
        assert_eq!(signed().await, 23);
    }

    async fn nothing_is_signed_on_top_of_a_forged_signature(log: Log) {
        let record = Record::signed(log).await;
        let last = record.log.store.last_checkpoint().await.unwrap().unwrap();
        let before = record.log.store.checkpoints_after(0, 1).await.unwrap().remove(0);
        let line = |note: &str| note.lines().last().unwrap().to_owned();
        let forged = last.note.replace(&line(&last.note), &line(&before.note));
        record.tamper(&[&format!("UPDATE notary_checkpoints SET note = '{forged}' WHERE size = 20")]).await;
        record.write("d", 0, 1).await;
        record.sign().await;
        assert_eq!(record.log.store.last_checkpoint().await.unwrap().unwrap().size, 20);
    }

    async fn the_anchor_gets_what_a_crash_kept_from_it(log: Log) {
        let record = Record::signed(log).await;
        let lines = fs::read_to_string(record.anchor.path()).unwrap();
        let first = lines.split_inclusive('\n').next().unwrap();
        fs::write(record.anchor.path(), format!("{first}{{\"size\"")).unwrap();
        record.write("d", 0, 1).await;
        record.sign().await;
        let report = record.verify().await;
        assert!(report.is_well(), "{report}");
        assert_eq!(report.anchored, Some(4));
    }

    async fn nothing_is_signed_on_top_of_what_was_cut(log: Log) {
        let record = Record::signed(log).await;
        record.tamper(&["DELETE FROM events WHERE global_position > 9", "UPDATE log_head SET position = 9"]).await;
        record.write("e", 0, 3).await;
        record.sign().await;
        assert_eq!(record.log.store.last_checkpoint().await.unwrap().unwrap().size, 20);
        // Nor when the tree is cut, too, and the anchor knows better.
        record.forget_signatures().await;
        record.sign().await;
        assert_eq!(record.log.store.last_checkpoint().await.unwrap(), None);
        assert_eq!(record.anchor.last().unwrap().unwrap().size, 20);
    }

    async fn a_checkpoint_is_what_other_tools_read(log: Log) {
        let record = Record::signed(log).await;
        let last = record.log.store.last_checkpoint().await.unwrap().unwrap();
        let lines: Vec<&str> = last.note.lines().collect();
        let name = colloquy::audit::origin(record.id);
        assert_eq!((lines[0], lines[1], lines[3]), (&*name, "20", ""));
        assert!(lines[4].starts_with(&format!("— {name} ")), "{}", last.note);
        let trusted = Trusted::new(name, [record.key.public()]).unwrap();
        assert_eq!(trusted.check(&last.note).unwrap().0, 20);
    }
}
