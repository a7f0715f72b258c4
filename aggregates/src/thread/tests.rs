//! given/when/then, one sentence a rule.
