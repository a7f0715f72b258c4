//! Whose a conversation or a completion is: who is kept from a user is kept from what they said.

use aggregates::{ThreadId, case::SaidIn};

use super::{
    error::Error,
    request::{Access, READ_CONTENT, READ_METADATA, USER, said_target, user_target, whole_record},
};
use crate::http::Api;

impl Access {
    /// Whether this may be done with what was said there: a policy may keep them from that, and from whose it is.
    pub(super) async fn may_in(
        &self,
        api: &Api,
        action: &str,
        said_in: SaidIn,
    ) -> Result<(), Error> {
        self.may(action, &said_target(said_in))?;
        self.may_with_owners(api, action, said_in).await
    }

    /// Whether it may be read; with what was written in it, where a reason is given for that.
    pub(super) async fn may_read_in(&self, api: &Api, said_in: SaidIn) -> Result<(), Error> {
        self.may_read(&said_target(said_in))?;
        self.may_with_owners(api, READ_METADATA, said_in).await?;
        match self.content() {
            true => self.may_with_owners(api, READ_CONTENT, said_in).await,
            false => Ok(()),
        }
    }

    /// The conversation that is named, for who may do this with it. What is no id is not there for those only who may with
    /// all of them.
    pub(super) async fn thread_for(
        &self,
        api: &Api,
        action: &str,
        id: &str,
    ) -> Result<ThreadId, Error> {
        let Ok(thread) = id.parse::<ThreadId>() else {
            self.may(action, &whole_record())?;
            return Err(Error::no_thread());
        };
        self.may_in(api, action, SaidIn::Thread(thread)).await?;
        Ok(thread)
    }

    /// To have a right to a user is none to what they said; to be denied them is to be denied that, and what is nobody's
    /// yet: they may be the one who begins it, a moment from now.
    async fn may_with_owners(&self, api: &Api, action: &str, said_in: SaidIn) -> Result<(), Error> {
        if !self.is_denied_some(action, USER) {
            return Ok(());
        }
        let owners = api.trail.owners(said_in).await?;
        if owners.is_empty() {
            return Err(Error::nobodys(action));
        }
        for owner in owners {
            // As the user they are: a statement may ask what sort of thing it is about.
            if self.is_denied(action, &user_target(owner)) {
                return Err(Error::forbidden(action));
            }
        }
        Ok(())
    }
}
