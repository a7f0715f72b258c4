//! What an answer cost, when the provider does not say.

use super::Request;

/// About as many tokens as `text` has: a quarter of its characters, rounded up.
#[must_use]
pub fn tokens(text: &str) -> u64 {
    of_chars(text.chars().count())
}

/// About as many tokens as the model reads.
#[must_use]
pub fn prompt_tokens(request: &Request) -> u64 {
    let messages = request.messages.iter().map(|message| tokens(&message.text));
    messages.sum::<u64>() + request.system.as_deref().map_or(0, tokens)
}

/// The same for text that was only counted.
pub(super) fn of_chars(chars: usize) -> u64 {
    u64::try_from(chars.div_ceil(4)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Message;

    #[test]
    fn a_token_is_four_characters_and_never_nothing() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("a"), 1);
        assert_eq!(tokens("ääää"), 1);
        assert_eq!(tokens("fünf!"), 2);
    }

    #[test]
    fn a_prompt_is_all_that_the_model_reads() {
        let request = Request {
            system: Some("12345678".into()),
            messages: vec![Message::user("1234"), Message::assistant("12345")],
            ..Request::default()
        };
        assert_eq!(prompt_tokens(&request), 2 + 1 + 2);
    }
}
