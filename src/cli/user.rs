//! Makes and changes accounts: `colloquy user …`.

use std::io::{BufRead, IsTerminal};

use aggregates::user::Role;
use chrono::DateTime;
use clap::{Subcommand, ValueEnum};

use super::{Failure, say, workbench::Workbench};
use crate::{actors::Origin, auth::Passwords, config::Secret};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account; asks for the password, at a terminal
    #[command(after_help = "At a terminal, and from a file:
  colloquy user add ada --role auditor
  colloquy user add ada --role auditor --password-stdin < password.txt")]
    Add {
        /// Its name, unique without regard to case
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set another password; tokens issued before end
    #[command(after_help = "At a terminal, and from a file:
  colloquy user passwd ada
  colloquy user passwd ada --password-stdin < password.txt")]
    Passwd {
        /// Whose
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let somebody in no more: neither with the password nor with tokens and keys
    #[command(after_help = "Until `user enable`; conversations stay:
  colloquy user disable eve")]
    Disable {
        /// Whom
        name: String,
    },
    /// Let somebody in again
    #[command(after_help = "After `user disable`:
  colloquy user enable eve")]
    Enable {
        /// Whom
        name: String,
    },
    /// End an account for ever: its conversations are erased, and its name is free again
    #[command(
        after_help = "For one that is only not to be used, there is `user disable`:
  colloquy user delete eve --yes"
    )]
    Delete {
        /// Whose
        name: String,
        /// Yes, really
        #[arg(long)]
        yes: bool,
    },
    /// All accounts: id, role, name, since when
    #[command(after_help = "The ids that other commands take (--user) come first:
  colloquy user list")]
    List,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    /// Their own conversations
    User,
    /// A moderator
    Support,
    /// Runs the place
    Staff,
    /// Reads the record
    Auditor,
    /// Everything
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::User => Self::User,
            RoleName::Support => Self::Support,
            RoleName::Staff => Self::Staff,
            RoleName::Auditor => Self::Auditor,
            RoleName::Admin => Self::Admin,
        }
    }
}

pub(super) async fn run(bench: &Workbench, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            name,
            role,
            password_stdin,
        } => {
            let hash = hash(password_stdin).await?;
            let (user, _) = bench
                .accounts
                .register(&name, role.into(), &hash, false)
                .await?;
            say(&format!("{user}"))?;
        }
        Command::Passwd {
            name,
            password_stdin,
        } => {
            let user = bench.accounts.find(&name).await?;
            let hash = hash(password_stdin).await?;
            bench
                .accounts
                .change_password(user, &hash, None, Origin::server())
                .await?;
            bench.have_it_seen().await?;
            say(&format!(
                "{name} has another password; tokens issued before are no longer accepted"
            ))?;
        }
        Command::Disable { name } => {
            let user = bench.accounts.find(&name).await?;
            bench.accounts.disable(user, Origin::server()).await?;
            bench.have_it_seen().await?;
            say(&format!("{name} is let in no more"))?;
        }
        Command::Enable { name } => {
            let user = bench.accounts.find(&name).await?;
            bench.accounts.enable(user, Origin::server()).await?;
            bench.have_it_seen().await?;
            say(&format!("{name} is let in again"))?;
        }
        Command::Delete { name, yes } => {
            let user = bench.accounts.find(&name).await?;
            if !yes {
                return Err(format!(
                    "this ends the account {name} for ever and erases its conversations; say --yes to do it"
                )
                .into());
            }
            bench.accounts.delete(user, Origin::server()).await?;
            bench.have_it_seen().await?;
            say(&format!(
                "{name} is gone; a running server erases the conversations now, otherwise the next one does"
            ))?;
        }
        Command::List => {
            for user in bench.views().await?.users().await? {
                let since = DateTime::from_timestamp_micros(user.created).unwrap_or_default();
                let since = since.format("%Y-%m-%d %H:%M UTC");
                say(&format!(
                    "{}  {:<7}  {}  since {since}{}",
                    user.user,
                    user.role,
                    user.username,
                    if user.disabled { ", disabled" } else { "" },
                ))?;
            }
        }
    }
    Ok(())
}

async fn hash(from_stdin: bool) -> Result<String, Failure> {
    let password = if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    } else if !std::io::stdin().is_terminal() {
        return Err(
            "there is no terminal to ask for the password at: send it on standard input, with --password-stdin"
                .into(),
        );
    } else {
        let password = rpassword::prompt_password("password: ")?;
        if rpassword::prompt_password("again: ")? != password {
            return Err("the two passwords differ; nothing was changed".into());
        }
        password
    };
    Ok(Passwords::default().hash(&Secret::new(password)).await?)
}
