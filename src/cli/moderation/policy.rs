//! `colloquy moderation policy`: which policy is in force for all servers, and taking it back.

use aggregates::moderation_policy::ModerationPolicyEvent;

use crate::{
    audit::shown::time,
    cli::{Failure, hand_out, say, workbench::Workbench},
};

/// What is said is a comment, so that the output can be put in force again.
pub(super) async fn show(bench: &Workbench) -> Result<(), Failure> {
    let last = bench.house_policy.last().await?;
    let file = bench.config.moderation.policy.as_ref();
    if !bench.config.moderation.enabled {
        say("# moderation is off (moderation.enabled): no policy is applied here")?;
    }
    let Some(last) = last else {
        say(&own(file))?;
        return Ok(());
    };
    let when = time(last.recorded_at).unwrap_or_default();
    let at = last.position;
    match last.event {
        ModerationPolicyEvent::Applied {
            by, version, text, ..
        } => {
            say(&format!(
                "# {version} is in force for all servers: by {by} at {when}, position {at}"
            ))?;
            if let Some(file) = file {
                say(&format!(
                    "# the policy in {} does not count while it is",
                    file.display()
                ))?;
            }
            hand_out(text.trim_end())?;
        }
        ModerationPolicyEvent::Withdrawn { by, version } => {
            say(&own(file))?;
            say(&format!(
                "# {version} was taken back by {by} at {when}, position {at}"
            ))?;
        }
    }
    Ok(())
}

fn own(file: Option<&std::path::PathBuf>) -> String {
    match file {
        Some(file) => format!(
            "# none is in force for all servers; here the one in {} counts",
            file.display()
        ),
        None => {
            "# none is in force for all servers; here the one that comes along counts".to_owned()
        }
    }
}

pub(super) async fn withdraw(bench: &Workbench, by: &str) -> Result<(), Failure> {
    let by = bench.accounts.find(by).await?;
    match bench.house_policy.withdraw(by).await? {
        0 => say("none was in force for all servers")?,
        position => {
            bench.have_it_seen().await?;
            say(&format!(
                "every server goes by its own policy again, from position {position} on"
            ))?;
        }
    }
    Ok(())
}
