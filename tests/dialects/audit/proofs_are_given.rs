//! Proofs by API hold with nothing but the checkpoint and the event.

use serde_json::Value;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash, check_record, check_tree};

use super::{ECHO, on_both_databases};
use crate::support::{client::eventually, databases::TestDatabase, server::Server};

fn hash(value: &Value) -> Hash {
    Hash::parse_hash(value.as_str().unwrap()).unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    for text in ["one", "two", "three"] {
        alice.say(&alice.conversation(1), text).await;
    }
    let signed = async || {
        let head = ada.get("/api/audit/events?limit=100000").await;
        let last = head
            .body
            .as_str()
            .unwrap_or_default()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned();
        let next: Value = serde_json::from_str(&last).unwrap_or_default();
        let size = ada.get("/api/audit/checkpoint").await.body["size"].clone();
        size.is_string() && size == next["next"]
    };
    eventually(signed).await;

    let checkpoint = ada.get("/api/audit/checkpoint").await.body;
    let public = server.command(&["audit", "key"], "").await.unwrap();
    let verifier = StandardVerifier::new(public.trim()).unwrap();
    let note = Note::from_bytes(checkpoint["note"].as_str().unwrap().as_bytes()).unwrap();
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    let told = Checkpoint::from_bytes(note.text()).unwrap();
    let size = told.size();

    for position in 1..=size {
        let proof = ada
            .get(&format!("/api/audit/proofs/inclusion?position={position}"))
            .await;
        assert_eq!(proof.status, 200, "{}", proof.body);
        let (leaf, path) = (hash(&proof.body["leaf"]), hashes(&proof.body["proof"]));
        assert!(
            check_record(&path, size, *told.hash(), position - 1, leaf).is_ok(),
            "{position}"
        );
    }
    for from in 1..=size {
        let proof = ada
            .get(&format!("/api/audit/proofs/consistency?from={from}"))
            .await
            .body;
        let path = hashes(&proof["proof"]);
        assert!(
            check_tree(&path, size, *told.hash(), from, hash(&proof["root_from"])).is_ok(),
            "{from}"
        );
    }
    let beyond = ada
        .get(&format!(
            "/api/audit/proofs/inclusion?position=1&size={}",
            size + 1000
        ))
        .await;
    assert_eq!(beyond.status, 404);
    let nothing = ada.get("/api/audit/proofs/inclusion?position=0").await;
    assert_eq!(nothing.status, 400);
}

on_both_databases!(check);
