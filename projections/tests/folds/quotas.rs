//! `quotas`.

use aggregates::{
    UserId,
    quota::{QuotaEvent, QuotaLimits},
};
use projections::{
    Event, QuotaRow, Quotas,
    testing::{given, happened},
};

use super::story::{id, text};

#[test]
fn the_last_limits_count() {
    let set = |daily, monthly| {
        let limits = QuotaLimits {
            daily,
            weekly: Some(-1),
            monthly,
        };
        let user = UserId(id(1));
        (text(1), Event::Quota(QuotaEvent::Set { user, limits }))
    };
    let story = given(happened([set(Some(5), None), set(None, Some(7))]));
    story.shows::<Quotas>(&[QuotaRow {
        user: text(1),
        daily: None,
        weekly: Some(-1),
        monthly: Some(7),
    }]);
}
