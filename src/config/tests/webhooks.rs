//! Where webhooks may be told.

use super::{file, nothing};
use crate::config::Networks;

#[test]
fn receivers_are_on_the_internet_unless_told_otherwise() {
    assert_eq!(nothing().config().webhooks.networks, Networks::Public);
    let private = file("[webhooks]\nnetworks = \"private\"").config();
    assert_eq!(private.webhooks.networks, Networks::Private);
    let faults = file("[webhooks]\nnetworks = \"all\"").faults();
    assert!(faults.contains("webhooks.networks"), "{faults}");
}
