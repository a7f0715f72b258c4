//! Makes and ends API keys: `colloquy token …`.

use aggregates::key::KeyScope;
use clap::Subcommand;

use super::{Failure, print, say, workbench::Workbench};
use crate::{
    actors::Origin,
    auth::key::{NewKey, digest},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an API key and print it; it is shown only now
    #[command(after_help = "Kept for a program:
  colloquy token issue --user alice --name backup-script > key.txt")]
    Issue {
        /// For whom it acts
        #[arg(long, value_name = "NAME")]
        user: String,
        /// What people call it
        #[arg(long, default_value = "made on the command line")]
        name: String,
    },
    /// End a key
    #[command(after_help = "One that was lost, by itself or its id:
  colloquy token revoke sk_0123456789abcdef…")]
    Revoke {
        /// The key itself, or its id
        key: String,
    },
}

pub(super) async fn run(bench: &Workbench, command: Command) -> Result<(), Failure> {
    match command {
        Command::Issue { user, name } => {
            let owner = bench.accounts.find(&user).await?;
            let new = NewKey::draw()?;
            let issued = bench
                .accounts
                .issue_key(
                    owner,
                    &name,
                    new.digest.clone(),
                    new.prefix.clone(),
                    KeyScope::default(),
                    Origin::server(),
                )
                .await?;
            print(new.key.expose()).map_err(|error| {
                let id = issued.key;
                format!("the key was made, but cannot be shown: {error}; end it with colloquy token revoke {id}")
            })?;
        }
        Command::Revoke { key } => {
            let id = match digest(&key) {
                Some(digest) => bench
                    .views()
                    .await?
                    .key_by_digest(&digest)
                    .await?
                    .ok_or("there is no such key")?
                    .key
                    .parse()?,
                None => key
                    .parse()
                    .map_err(|_| "give the key itself (sk_…) or its id")?,
            };
            bench.accounts.revoke_key(id, Origin::server()).await?;
            bench.have_it_seen().await?;
            say("the key is no longer accepted")?;
        }
    }
    Ok(())
}
