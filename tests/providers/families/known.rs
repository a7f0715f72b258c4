//! Each family with what it was recorded saying, from its public documentation.

use colloquy::providers::Kind;
use serde_json::json;

use super::{Family, Framing, Recorded};

const fn recorded(
    wire: &'static str,
    reasoning: &'static str,
    text: &'static str,
    usage: (u64, u64),
) -> Recorded {
    Recorded {
        wire,
        reasoning,
        text,
        usage,
    }
}

/// All who speak like OpenAI, until they differ.
const OPENAI_ALIKE: Family = Family {
    kind: Kind::OpenAi,
    base: "/v1",
    model: "gpt-4o-mini",
    framing: Framing::Events,
    text: recorded(
        include_str!("../wire/openai_text.txt"),
        "",
        "Grüß Gott! How can I help you today?",
        (19, 10),
    ),
    reasoning: recorded(
        include_str!("../wire/openai_reasoning.txt"),
        "Nine and eleven: compare decimals.",
        "9.8 is larger.",
        (21, 64),
    ),
    error: r#"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
    says: |text| {
        (
            "",
            json!({"choices": [{"index": 0, "delta": {"content": text}}]}),
        )
    },
    ends: || {
        (
            "",
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        )
    },
    tells: |read, written| {
        let usage = json!({"prompt_tokens": read, "completion_tokens": written});
        ("", json!({"choices": [], "usage": usage}))
    },
};

pub(crate) fn openai() -> Family {
    OPENAI_ALIKE
}

/// A server of one's own, or DeepSeek's.
pub(crate) fn compatible() -> Family {
    Family {
        kind: Kind::Custom,
        model: "deepseek-reasoner",
        ..OPENAI_ALIKE
    }
}

pub(crate) fn groq() -> Family {
    Family {
        kind: Kind::Groq,
        base: "/openai/v1",
        model: "qwen/qwen3-32b",
        text: recorded(
            include_str!("../wire/groq_text.txt"),
            "",
            "Fast models",
            (18, 3),
        ),
        reasoning: recorded(
            include_str!("../wire/groq_reasoning.txt"),
            "Two words.",
            "All right",
            (12, 9),
        ),
        ..OPENAI_ALIKE
    }
}

pub(crate) fn openrouter() -> Family {
    Family {
        kind: Kind::OpenRouter,
        base: "/api/v1",
        model: "deepseek/deepseek-r1",
        text: recorded(
            include_str!("../wire/openrouter_text.txt"),
            "",
            "Any model",
            (10, 4),
        ),
        reasoning: recorded(
            include_str!("../wire/openrouter_reasoning.txt"),
            "Hm.",
            "Yes.",
            (10, 6),
        ),
        error: r#"{"error":{"code":429,"message":"slow down"}}"#,
        ..OPENAI_ALIKE
    }
}

/// Its count of what was written is without the thoughts.
pub(crate) fn xai() -> Family {
    Family {
        kind: Kind::Xai,
        model: "grok-4",
        text: recorded(
            include_str!("../wire/xai_text.txt"),
            "",
            "Ah, life.",
            (32, 4),
        ),
        reasoning: recorded(
            include_str!("../wire/xai_reasoning.txt"),
            "Thinking...",
            "42.",
            (32, 312),
        ),
        error: r#"{"code":"429","error":"slow down"}"#,
        ..OPENAI_ALIKE
    }
}

/// Its models do not show their thoughts; those of others that it hosts do, as DeepSeek's.
pub(crate) fn azure() -> Family {
    Family {
        kind: Kind::Azure,
        base: "/",
        model: "my-deployment",
        text: recorded(
            include_str!("../wire/azure_text.txt"),
            "",
            "Hi there",
            (13, 4),
        ),
        error: include_str!("../wire/azure_error.json"),
        ..OPENAI_ALIKE
    }
}

pub(crate) fn anthropic() -> Family {
    Family {
        kind: Kind::Anthropic,
        base: "",
        model: "claude-opus-4-20250514",
        framing: Framing::Events,
        text: recorded(
            include_str!("../wire/anthropic_text.txt"),
            "",
            "Hello!",
            (25, 15),
        ),
        reasoning: recorded(
            include_str!("../wire/anthropic_thinking.txt"),
            "Let me solve this step by step:\n\n1. First break down 27 * 453\n2. 453 = 400 + 50 + 3",
            "27 * 453 = 12,231",
            (25, 64),
        ),
        error: include_str!("../wire/anthropic_error.json"),
        says: |text| {
            let delta = json!({"type": "text_delta", "text": text});
            (
                "",
                json!({"type": "content_block_delta", "index": 0, "delta": delta}),
            )
        },
        ends: || {
            let delta = json!({"stop_reason": "end_turn"});
            ("", json!({"type": "message_delta", "delta": delta}))
        },
        tells: |read, written| {
            let usage = json!({"input_tokens": read, "output_tokens": written});
            (
                "",
                json!({"type": "message_delta", "delta": {}, "usage": usage}),
            )
        },
    }
}

pub(crate) fn google() -> Family {
    Family {
        kind: Kind::Google,
        base: "/v1beta",
        model: "gemini-2.5-flash",
        framing: Framing::Events,
        text: recorded(
            include_str!("../wire/google_text.txt"),
            "",
            "AI learns patterns from data.",
            (9, 6),
        ),
        reasoning: recorded(
            include_str!("../wire/google_thinking.txt"),
            "**Counting**\n\nOne, two.",
            "Two apples.",
            (11, 10),
        ),
        error: include_str!("../wire/google_error.json"),
        says: |text| {
            let content = json!({"role": "model", "parts": [{"text": text}]});
            (
                "",
                json!({"candidates": [{"content": content, "index": 0}]}),
            )
        },
        ends: || {
            (
                "",
                json!({"candidates": [{"finishReason": "STOP", "index": 0}]}),
            )
        },
        tells: |read, written| {
            let usage = json!({"promptTokenCount": read, "candidatesTokenCount": written});
            ("", json!({ "usageMetadata": usage }))
        },
    }
}

pub(crate) fn ollama() -> Family {
    Family {
        kind: Kind::Ollama,
        base: "",
        model: "llama3.2",
        framing: Framing::Lines,
        text: recorded(
            include_str!("../wire/ollama_text.txt"),
            "",
            "The sky is blue because of scattering.",
            (26, 9),
        ),
        reasoning: recorded(
            include_str!("../wire/ollama_thinking.txt"),
            "Short question.",
            "Yes.",
            (26, 9),
        ),
        error: include_str!("../wire/ollama_error.json"),
        says: |text| ("", json!({"message": {"content": text}, "done": false})),
        ends: || {
            (
                "",
                json!({"message": {"content": ""}, "done": true, "done_reason": "stop"}),
            )
        },
        tells: |read, written| {
            (
                "",
                json!({"done": false, "prompt_eval_count": read, "eval_count": written}),
            )
        },
    }
}

pub(crate) fn bedrock() -> Family {
    Family {
        kind: Kind::Bedrock,
        base: "",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        framing: Framing::Messages,
        text: recorded(
            include_str!("../wire/bedrock_text.txt"),
            "",
            "Guten Tag!",
            (30, 6),
        ),
        reasoning: recorded(
            include_str!("../wire/bedrock_reasoning.txt"),
            "Hm, yes",
            "Yes.",
            (35, 12),
        ),
        error: include_str!("../wire/bedrock_error.json"),
        says: |text| {
            let delta = json!({ "text": text });
            (
                "contentBlockDelta",
                json!({"contentBlockIndex": 0, "delta": delta}),
            )
        },
        ends: || ("messageStop", json!({"stopReason": "end_turn"})),
        tells: |read, written| {
            let usage = json!({"inputTokens": read, "outputTokens": written});
            ("metadata", json!({ "usage": usage }))
        },
    }
}
