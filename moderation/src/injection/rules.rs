//! Which words in which order are which injection, and how sure that is.

use super::lexicon::Class::{self, *};
use crate::category::Category as C;

/// A sequence of words within one sentence.
pub(super) struct Rule {
    pub(super) category: C,
    pub(super) weight: f32,
    /// Each with how far it may be, in bytes, from the one before.
    pub(super) steps: &'static [(Class, usize)],
    /// Whether the end of a sentence may be in between.
    pub(super) across: bool,
    /// Whether only languages count that put the verb last.
    pub(super) verb_last: bool,
}

const fn rule(category: C, weight: f32, steps: &'static [(Class, usize)]) -> Rule {
    Rule {
        category,
        weight,
        steps,
        across: false,
        verb_last: false,
    }
}

const fn across(category: C, weight: f32, steps: &'static [(Class, usize)]) -> Rule {
    Rule {
        category,
        weight,
        steps,
        across: true,
        verb_last: false,
    }
}

const fn verb_last(category: C, weight: f32, steps: &'static [(Class, usize)]) -> Rule {
    Rule {
        category,
        weight,
        steps,
        across: false,
        verb_last: true,
    }
}

/// The rules.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    rule(C::InstructionOverride, 0.95, &[(Ignore, 0), (Prev, 24), (Instr, 20)]),
    rule(C::InstructionOverride, 0.95, &[(Ignore, 0), (Instr, 24), (Prev, 24)]),
    rule(C::InstructionOverride, 0.9, &[(Ignore, 0), (Whole, 10), (Instr, 24)]),
    rule(C::InstructionOverride, 0.85, &[(Ignore, 0), (You, 12), (Instr, 24)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Reveal, 60)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Only, 60)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Now, 60)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Fresh, 60)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Free, 80)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (PrevWeak, 24), (Instr, 20), (Write, 60)]),
    rule(C::InstructionOverride, 0.85, &[(Ignore, 0), (Told, 16)]),
    rule(C::InstructionOverride, 0.85, &[(Ignore, 0), (SysPrompt, 12)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (Every, 8), (Write, 40)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (Every, 8), (Only, 40)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (Instr, 30), (Only, 60)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (Instr, 30), (Fresh, 60)]),
    verb_last(C::InstructionOverride, 0.9, &[(Prev, 0), (Instr, 40), (Ignore, 40)]),
    verb_last(C::InstructionOverride, 0.9, &[(Whole, 0), (Instr, 40), (Ignore, 40)]),
    rule(C::InstructionOverride, 0.85, &[(Fresh, 0), (Now, 24)]),
    rule(C::InstructionOverride, 0.85, &[(Ignore, 0), (Instr, 24), (Given, 16)]),
    rule(C::InstructionOverride, 0.85, &[(CancelYours, 0), (Instr, 30)]),
    rule(C::InstructionOverride, 0.85, &[(NoDuty, 0), (Instr, 40)]),
    rule(C::InstructionOverride, 0.85, &[(NoDuty, 0), (Told, 20)]),
    rule(C::InstructionOverride, 0.8, &[(Now, 0), (ObeyMe, 40)]),
    across(C::InstructionOverride, 0.85, &[(Ignore, 0), (Instr, 40), (ObeyMe, 60)]),
    across(C::InstructionOverride, 0.8, &[(Void, 0), (ObeyMe, 60)]),
    across(C::InstructionOverride, 0.85, &[(Told, 0), (Void, 40), (Fresh, 100)]),
    across(C::InstructionOverride, 0.85, &[(Told, 0), (Void, 40), (Only, 100)]),
    across(C::InstructionOverride, 0.85, &[(Told, 0), (Void, 40), (Now, 100)]),
    across(C::InstructionOverride, 0.85, &[(Told, 0), (Void, 40), (Reveal, 100)]),
    across(C::InstructionOverride, 0.8, &[(Instr, 0), (Void, 24), (Fresh, 60)]),
    rule(C::SystemOverride, 0.9, &[(Override, 0)]),
    across(C::SystemOverride, 0.85, &[(OverrideWeak, 0), (SysPrompt, 100)]),
    across(C::SystemOverride, 0.85, &[(OverrideWeak, 0), (Safety, 100)]),
    across(C::SystemOverride, 0.85, &[(OverrideWeak, 0), (Free, 100)]),
    across(C::SystemOverride, 0.85, &[(OverrideWeak, 0), (Ignore, 60), (Instr, 40)]),
    rule(C::SafetyDisable, 0.9, &[(Off, 0), (Safety, 20)]),
    rule(C::SafetyBypass, 0.9, &[(Around, 0), (Safety, 20)]),
    rule(C::SafetyBypass, 0.85, &[(Ignore, 0), (Safety, 24)]),
    rule(C::SafetyOverride, 0.85, &[(Over, 0), (Safety, 20)]),
    rule(C::InstructionReset, 0.85, &[(Reset, 0)]),
    rule(C::PersonaHijack, 0.8, &[(Stop, 0), (You, 30)]),
    rule(C::PersonaHijack, 0.85, &[(Act, 0), (Free, 80)]),
    rule(C::PersonaHijack, 0.85, &[(Now, 0), (Free, 80)]),
    across(C::PersonaHijack, 0.9, &[(Act, 0), (Free, 400), (Comply, 400)]),
    across(C::PersonaHijack, 0.9, &[(Act, 0), (Comply, 400), (Free, 400)]),
    across(C::PersonaHijack, 0.7, &[(Now, 0), (Comply, 300)]),
    rule(C::ModeSwitch, 0.8, &[(YouIn, 0), (Mode, 16)]),
    across(C::ModeSwitch, 0.75, &[(Mode, 0), (Reveal, 60), (SysPrompt, 40)]),
    rule(C::Jailbreak, 0.95, &[(Dan, 0)]),
    across(C::Jailbreak, 0.8, &[(Comply, 0), (Comply, 300), (Comply, 300)]),
    rule(C::Unrestricted, 0.7, &[(You, 0), (Free, 40)]),
    rule(C::Unrestricted, 0.7, &[(Free, 0), (You, 24)]),
    rule(C::Unrestricted, 0.7, &[(Write, 0), (Free, 40)]),
    rule(C::DelimiterInjection, 0.95, &[(Delimiter, 0)]),
    rule(C::TagInjection, 0.85, &[(Tag, 0)]),
    across(C::FormatInjection, 0.8, &[(EndOf, 0), (Speaker, 60)]),
    rule(C::FormatInjection, 0.8, &[(Speaker, 0), (Ignore, 40)]),
    rule(C::FormatInjection, 0.8, &[(Speaker, 0), (Fresh, 40)]),
    rule(C::FormatInjection, 0.8, &[(Speaker, 0), (Act, 40)]),
    across(C::ContextInjection, 0.8, &[(EndOf, 0), (Fresh, 60)]),
    rule(C::PromptLeak, 0.8, &[(Reveal, 0), (SysPrompt, 40)]),
    across(C::PromptLeak, 0.8, &[(Reveal, 0), (Above, 40), (Exact, 80)]),
    across(C::PromptLeak, 0.8, &[(SysPrompt, 0), (Exact, 60)]),
    verb_last(C::PromptLeak, 0.8, &[(SysPrompt, 0), (Reveal, 40)]),
    across(C::AuthorityClaim, 0.85, &[(Claim, 0), (Boss, 20), (SysPrompt, 160)]),
    across(C::AuthorityClaim, 0.85, &[(Claim, 0), (Boss, 20), (Safety, 160)]),
    across(C::AuthorityClaim, 0.85, &[(Claim, 0), (Boss, 20), (Ignore, 100), (Instr, 40)]),
    across(C::PrivilegeClaim, 0.85, &[(Claim, 0), (Boss, 20), (Free, 160)]),
    across(C::FakeAuthorization, 0.8, &[(Allowed, 0), (SysPrompt, 100)]),
    across(C::FakeAuthorization, 0.8, &[(Allowed, 0), (Safety, 100)]),
    across(C::EmergencyBypass, 0.85, &[(Urgent, 0), (Ignore, 60), (Instr, 40)]),
    across(C::EmergencyBypass, 0.85, &[(Urgent, 0), (SysPrompt, 80)]),
    across(C::EmergencyBypass, 0.85, &[(Urgent, 0), (Safety, 80)]),
    rule(C::DecodeAndFollow, 0.8, &[(Decode, 0), (Follow, 60)]),
    rule(C::ContextManipulation, 0.75, &[(You, 0), (Prev, 12), (Instr, 12), (Void, 24)]),
    rule(C::ContextManipulation, 0.75, &[(Whole, 0), (Prev, 12), (Instr, 12), (Void, 24)]),
];
