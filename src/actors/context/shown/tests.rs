//! What each provider is shown of what was chosen.

use super::*;

fn route(provider: &str) -> Route {
    Route {
        provider: provider.to_owned(),
        model: "m".to_owned(),
    }
}

fn texts(shown: &Shown, provider: &str) -> Vec<String> {
    let request = shown.request(&route(provider), None).unwrap_or_default();
    let messages = request.messages.into_iter();
    messages.map(|message| message.text).collect()
}

/// Messages of one token each, so five with the frame; the newest has the place 7.
fn shown() -> Shown {
    let limit = |name, budget| Limit::new(name, Tokenizer::O200k, budget);
    let mut shown = Shown::of(vec![
        limit("wide", 30),
        limit("narrow", 17),
        limit("tiny", 4),
    ]);
    let mut more = true;
    for (index, text) in [
        (7, "g"),
        (6, "f"),
        (5, "e"),
        (4, "d"),
        (3, "c"),
        (2, "b"),
        (1, "a"),
    ] {
        assert!(more, "asked for more than anybody has room for");
        more = shown.add(match index % 2 {
            1 => sent(index, text, 0),
            _ => Candidate::answered(TurnId(uuid::Uuid::nil()), index, text.to_owned()),
        });
    }
    assert!(!more);
    shown
}

#[test]
fn each_provider_is_shown_as_much_as_it_reads_beginning_with_a_question() {
    let shown = shown();
    assert_eq!(texts(&shown, "wide"), ["c", "d", "e", "f", "g"]);
    assert_eq!(shown.extent("wide"), (4, Some(3)));
    assert_eq!(texts(&shown, "narrow"), ["e", "f", "g"]);
    assert_eq!(shown.extent("narrow"), (2, Some(5)));
}

#[test]
fn a_provider_for_whom_the_message_alone_is_too_much_is_not_asked() {
    let shown = shown();
    let error = shown.request(&route("tiny"), None).err();
    let expected = ProviderError::TooLong {
        provider: "tiny".to_owned(),
        tokens: 5,
        limit: 4,
    };
    assert_eq!(error, Some(expected));
    assert_eq!(shown.extent("tiny"), (0, None));
}

#[test]
fn a_provider_that_reads_no_history_is_shown_the_message_only() {
    assert_eq!(texts(&shown(), "echo"), ["g"]);
    let mut only = Shown::of(vec![]);
    assert!(!only.add(sent(3, "only", 0)));
    assert_eq!(texts(&only, "echo"), ["only"]);
    assert_eq!(only.extent("echo"), (0, Some(3)));
}

fn sent(index: u64, text: &str, images: usize) -> Candidate {
    let attachment = |nth| Attachment {
        blob: blob(index, nth),
        mime: "image/jpeg".to_owned(),
        size: 0,
        sha256: String::new(),
        key: String::new(),
    };
    Candidate {
        index,
        id: MessageId(uuid::Uuid::from_u64_pair(index, 0)),
        message: Message::user(text),
        attachments: (0..images).map(attachment).collect(),
        images: (0..images).map(|_| Some(picture(index))).collect(),
    }
}

fn blob(index: u64, nth: usize) -> BlobId {
    BlobId(uuid::Uuid::from_u64_pair(index, nth as u64))
}

fn picture(index: u64) -> Image {
    Image(index.to_be_bytes().to_vec().into())
}

/// Who sees two images, and who sees none; `budget` tokens for each.
fn gallery(budget: u64) -> Shown {
    Shown::of(vec![
        Limit::new("seeing", Tokenizer::O200k, budget).seeing(2),
        Limit::new("blind", Tokenizer::O200k, budget),
    ])
}

fn pictures(shown: &Shown, provider: &str) -> Vec<usize> {
    let request = shown.request(&route(provider), None).unwrap();
    let messages = request.messages.iter();
    messages.map(|message| message.images.len()).collect()
}

#[test]
fn the_newest_images_are_shown_to_who_sees_and_the_others_are_what_their_messages_say() {
    let mut shown = gallery(10_000);
    for (index, images) in [(7, 0), (5, 1), (3, 2), (1, 1)] {
        shown.add(sent(index, "x", images));
    }
    assert_eq!(pictures(&shown, "seeing"), [0, 1, 1, 0]);
    assert_eq!(shown.images("seeing"), [blob(3, 0), blob(5, 0)]);
    assert_eq!(pictures(&shown, "blind"), [0, 0, 0, 0]);
    assert_eq!(shown.images("blind"), []);
}

#[test]
fn an_image_counts_for_who_sees_it() {
    let mut shown = gallery(3 * 5 + 1_600);
    for (index, images) in [(5, 0), (3, 1), (1, 0)] {
        shown.add(sent(index, "x", images));
    }
    assert_eq!((shown.limits[0].spent, shown.limits[1].spent), (1_615, 15));
    let mut narrow = gallery(3 * 5 + 1_599);
    for (index, images) in [(5, 0), (3, 1), (1, 0)] {
        narrow.add(sent(index, "x", images));
    }
    assert_eq!(narrow.extent("seeing"), (1, Some(3)));
    assert_eq!(narrow.extent("blind"), (2, Some(1)));
}

#[test]
fn who_is_asked_of_an_image_and_cannot_see_it_is_not_asked() {
    let mut shown = gallery(10_000);
    shown.add(sent(3, "what is this?", 1));
    shown.add(sent(1, "x", 0));
    for provider in ["blind", "echo"] {
        let error = shown.request(&route(provider), None).err();
        assert_eq!(error, Some(ProviderError::NoImages));
        assert_eq!(shown.extent(provider), (0, None));
    }
    assert_eq!(pictures(&shown, "seeing"), [0, 1]);
    // It was destroyed, or is damaged.
    shown.chosen[0].images = vec![None];
    let error = shown.request(&route("seeing"), None).err();
    assert_eq!(error, Some(ProviderError::LostImage));
    assert_eq!(shown.images("seeing"), []);
}

#[test]
fn an_older_image_that_is_lost_keeps_nobody_from_answering() {
    let mut shown = gallery(10_000);
    shown.add(sent(3, "and now?", 0));
    shown.add(Candidate {
        images: vec![None],
        ..sent(1, "what is this?", 1)
    });
    assert_eq!(pictures(&shown, "seeing"), [0, 0]);
    assert_eq!(shown.images("seeing"), []);
    assert_eq!(shown.extent("seeing"), (1, Some(1)));
}
