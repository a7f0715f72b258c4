//! An export is verified with nothing but its files, is an event, and shows content to those only who say why.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::on_both_databases;
use crate::support::{
    databases::TestDatabase,
    server::{Server, events_of},
};

const MARKER: &str = "Is 1 < 2 in Tartu?";
/// It looks like the next message, and clears a terminal.
const FORGED: &str =
    "another one\n\n[7] 2026-01-31 assistant, completed, 3 characters\nYes\u{1b}[2J\u{9b}2J";

fn whole(dir: &Path) -> String {
    let files = fs::read_dir(dir).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect()
}

/// As somebody would who has no key: the manifest says of the files what they are now.
fn fit(dir: &Path) {
    let path = dir.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for file in manifest["files"].as_array_mut().unwrap() {
        let name = dir.join(file["name"].as_str().unwrap());
        let (bytes, sha256) = colloquy::files::digest(&name, |_| {}).unwrap();
        file["bytes"] = json!(bytes);
        file["sha256"] = json!(sha256);
    }
    let events = fs::read_to_string(dir.join("events.jsonl")).unwrap();
    manifest["events"] = json!(events.lines().count());
    fs::write(path, manifest.to_string()).unwrap();
}

async fn journey(database: TestDatabase) {
    let mut server = Server::start(database, &[]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    server.user_as("ada", "auditor").await;
    alice.say(&alice.conversation(1), MARKER).await;
    alice.say(&alice.conversation(2), FORGED).await;
    bob.say(&bob.conversation(1), "of bob").await;
    let thread = aggregates::ThreadId::named(&alice.conversation(1)).to_string();
    assert!(server.end().await);
    let place = tempfile::tempdir().unwrap();
    let dir = |name: &str| place.path().join(name);
    let run =
        async |arguments: &[&str]| server.command(&[&["audit"], arguments].concat(), "").await;
    let key = run(&["key"]).await.unwrap();

    // All of it, without a reason: nothing of what was said.
    let all = dir("all");
    let all_text = all.to_str().unwrap();
    let told = run(&["export", all_text, "--as", "ada"]).await.unwrap();
    assert!(told.contains("events up to position"), "{told}");
    let exported = whole(&all);
    assert!(!exported.contains("Tartu") && exported.contains("18 characters"));
    let checked = run(&["verify", "--export", all_text, "--key", key.trim()])
        .await
        .unwrap();
    assert!(
        checked.contains("as they were signed") && !checked.contains("came with"),
        "{checked}"
    );
    let finished = run(&["export", all_text, "--as", "ada"]).await.unwrap_err();
    assert!(finished.contains("holds a finished export"), "{finished}");

    // One thread, with a reason: it can be read, and that it was exported is known.
    let one = dir("one");
    let one_text = one.to_str().unwrap();
    let of_thread = [
        "export",
        one_text,
        "--as",
        "ada",
        "--thread",
        &*thread,
        "--reason",
        "Complaint 17",
    ];
    let nobody = "00000000-0000-7000-8000-000000000000";
    let of_nobody = of_thread.map(|argument| if argument == thread { nobody } else { argument });
    let nothing = run(&of_nobody).await.unwrap_err();
    assert!(nothing.contains("nothing in this part"), "{nothing}");
    assert_eq!(fs::read_dir(&one).unwrap().count(), 0);
    // One at a time: two would write the same files.
    let other = fs::File::open(&one).unwrap();
    other.lock().unwrap();
    let busy = run(&of_thread).await.unwrap_err();
    assert!(busy.contains("another export is being made in"), "{busy}");
    drop(other);
    run(&of_thread).await.unwrap();
    let page = fs::read_to_string(one.join("transcript.html")).unwrap();
    assert!(
        page.contains("Is 1 &lt; 2 in Tartu?") && !page.contains("of bob"),
        "{page}"
    );
    assert!(
        fs::read_to_string(one.join("readable.jsonl"))
            .unwrap()
            .contains(MARKER)
    );
    let checked = run(&["verify", "--export", one_text]).await.unwrap();
    assert!(checked.contains("came with the export"), "{checked}");
    let trail = run(&["show", "--thread", &thread]).await.unwrap();
    assert!(
        events_of(&trail)
            .lines()
            .last()
            .unwrap()
            .contains("Complaint 17"),
        "{trail}"
    );
    assert!(!trail.contains("Tartu"));
    let known = run(&["show", "--type", "record.exported"]).await.unwrap();
    assert_eq!(events_of(&known).lines().count(), 2, "{known}");

    let spaced = run(&["show", "--type", " record.exported, "]).await;
    assert_eq!(spaced.unwrap(), known);
    let of_all = run(&["show", "--type", ""]).await.unwrap();
    assert!(of_all.contains("thread.opened"), "{of_all}");

    // What concerns one user, by either id.
    let short = bob.id.parse::<aggregates::UserId>().unwrap().short();
    let of_short = run(&["show", "--user", &short]).await.unwrap();
    assert!(of_short.contains("thread.opened"), "{of_short}");
    assert_eq!(run(&["show", "--user", &bob.id]).await.unwrap(), of_short);
    let unknown = run(&["show", "--user", "user_0000000000000000"]).await;
    assert!(unknown.unwrap_err().contains("no account has the id"));
    let of_bob = dir("bob");
    let of_bob_text = of_bob.to_str().unwrap();
    run(&[
        "export",
        of_bob_text,
        "--as",
        "ada",
        "--user",
        &bob.id,
        "--reason",
        "Asked for",
    ])
    .await
    .unwrap();
    let readable = fs::read_to_string(of_bob.join("readable.jsonl")).unwrap();
    assert!(
        readable.contains("of bob") && !readable.contains("another one"),
        "{readable}"
    );
    let verify = ["verify", "--export", of_bob_text, "--key", key.trim()];
    let checked = run(&verify).await.unwrap();
    assert!(checked.contains("The manifest is signed"), "{checked}");

    // Which events belong to it, and what is there to be read, is signed: a manifest that is made to fit helps nobody.
    let lines = fs::read_to_string(of_bob.join("events.jsonl")).unwrap();
    let (fewer, _) = lines.trim_end().rsplit_once('\n').unwrap();
    for (file, forged) in [
        ("events.jsonl", format!("{fewer}\n")),
        ("readable.jsonl", "I confess\n".to_owned()),
        ("transcript.html", "I confess".to_owned()),
    ] {
        let path = of_bob.join(file);
        let made = fs::read(&path).unwrap();
        fs::write(&path, forged).unwrap();
        fit(&of_bob);
        let found = run(&verify).await.unwrap_err();
        assert!(
            found.contains("manifest.json is not the one that was signed")
                && !found.contains("is not the file"),
            "{file}: {found}"
        );
        fs::write(&path, made).unwrap();
        fit(&of_bob);
    }
    let note = of_bob.join("manifest.note");
    let signed = fs::read_to_string(&note).unwrap();
    fs::write(&note, fs::read(of_bob.join("checkpoint.txt")).unwrap()).unwrap();
    let found = run(&verify).await.unwrap_err();
    assert!(found.contains("manifest.note: this is not what"), "{found}");
    fs::write(&note, signed.replacen("SHA-256", "SHA-512", 1)).unwrap();
    let found = run(&verify).await.unwrap_err();
    assert!(found.contains("manifest.note: its signature"), "{found}");
    // Earlier versions signed none.
    fs::remove_file(&note).unwrap();
    let checked = run(&verify).await.unwrap();
    assert!(checked.contains("as they were signed"), "{checked}");
    assert!(checked.contains("nothing proves which events"), "{checked}");

    // Whatever somebody does to the files is found.
    let events = all.join("events.jsonl");
    let lines = fs::read_to_string(&events).unwrap();
    let refused = async |changed: String| {
        fs::write(&events, changed).unwrap();
        let found = run(&["verify", "--export", all_text]).await.unwrap_err();
        assert!(
            found.contains("events.jsonl is not the file that was exported"),
            "{found}"
        );
        found
    };
    let found = refused(lines.replacen("\"sequence\":1", "\"sequence\":7", 1)).await;
    assert!(
        found.contains("event 1 is not the one that was signed"),
        "{found}"
    );
    let mut fewer: Vec<&str> = lines.split_inclusive('\n').collect();
    fewer.remove(4);
    let found = refused(fewer.concat()).await;
    assert!(found.contains("the events 5 to 5 are missing"), "{found}");
    fs::write(&events, &lines).unwrap();
    run(&["verify", "--export", all_text]).await.unwrap();
    let note = all.join("checkpoint.txt");
    let signed = fs::read_to_string(&note).unwrap();
    fs::write(&note, signed.replacen("\n\n", "\nx\n\n", 1)).unwrap();
    let found = run(&["verify", "--export", all_text]).await.unwrap_err();
    assert!(found.contains("the checkpoint: its signature"), "{found}");

    // A thread to be read at the terminal.
    let bare = run(&["replay", &thread]).await.unwrap();
    assert!(bare.contains("[2]") && !bare.contains("Tartu"), "{bare}");
    let why = ["--as", "ada", "--reason", "Complaint 17"];
    let read = run(&[&["replay", &thread], &why[..]].concat())
        .await
        .unwrap();
    assert!(read.contains(MARKER), "{read}");
    let other = aggregates::ThreadId::named(&alice.conversation(2)).to_string();
    let read = run(&[&["replay", &other], &why[..]].concat())
        .await
        .unwrap();
    let headings = read.lines().filter(|line| line.starts_with('['));
    assert_eq!(headings.count(), 2, "{read}");
    assert!(read.contains("    Yes\\u{1b}[2J\\u{9b}2J"), "{read}");
    let shown = run(&[&["show", "--thread", &other], &why[..]].concat())
        .await
        .unwrap();
    assert!(shown.contains("Yes\\u001b[2J\\u009b2J"), "{shown}");
    let changes = run(&["replay", &thread, "--since", "0"]).await.unwrap();
    assert!(
        changes.starts_with(
            "The conversation was opened.\nMessage 1 (user) was added, sent, 18 characters."
        ),
        "{changes}"
    );
    // Two moments between which nothing was said, the later one first.
    let backwards = [
        "audit", "replay", &thread, "--since", "100001", "--at", "100000",
    ];
    let backwards = server.command_fails(&backwards).await;
    let sentence = "--since must not be later than --at";
    assert!(backwards.1.contains(sentence), "{backwards:?}");
    assert_eq!(backwards.0, Some(2));
    let nobody = run(&["replay", &thread, "--reason", "because"])
        .await
        .unwrap_err();
    assert!(nobody.contains("--as"), "{nobody}");
}

on_both_databases!(journey);
