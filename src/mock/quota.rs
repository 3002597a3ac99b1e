//! The limit of calls a minute. Source: Alibaba Cloud, "API call throttling": it holds for each
//! account, action and region, and a call that was blocked in one minute works again in the next.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

/// Counts calls by calendar minute.
pub(super) struct Quota {
    /// Calls a minute; `None` for no limit.
    limit: Option<u32>,
    minute: i64,
    used: HashMap<(String, String, String), u32>,
}

/// How many of the busiest counts are shown.
const SHOWN: usize = 20;

/// The quota as the admin API shows it.
#[derive(Serialize)]
pub(super) struct QuotaUse<'a> {
    /// Calls a minute; `None` for no limit.
    limit: Option<u32>,
    /// The busiest first.
    used: Vec<Used<'a>>,
}

#[derive(Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Used<'a> {
    /// Calls in this minute, those that were refused among them.
    calls: u32,
    account_id: &'a str,
    action: &'a str,
    region: &'a str,
}

impl Quota {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, minute: 0, used: HashMap::new() }
    }

    /// Counts one call; `false` if it is one too many.
    pub(super) fn spend(
        &mut self,
        account: &str,
        action: &str,
        region: &str,
        now: Timestamp,
    ) -> bool {
        let Some(limit) = self.limit else { return true };
        let minute = now.as_second().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.used.clear();
        }
        let key = (account.to_owned(), action.to_owned(), region.to_owned());
        let used = self.used.entry(key).or_default();
        *used = used.saturating_add(1);
        *used <= limit
    }

    /// The limit, and what was used of it in the current minute.
    pub(super) fn show(&self, now: Timestamp) -> QuotaUse<'_> {
        let current = now.as_second().div_euclid(60) == self.minute;
        let mut used: Vec<_> = self
            .used
            .iter()
            .filter(|_| current)
            .map(|((account_id, action, region), calls)| Used {
                account_id,
                action,
                region,
                calls: *calls,
            })
            .collect();
        used.sort_unstable_by(|a, b| b.cmp(a));
        used.truncate(SHOWN);
        QuotaUse { limit: self.limit, used }
    }

    pub(super) fn reset(&mut self) {
        self.used.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_by_account_action_and_region_and_begins_anew_each_calendar_minute() {
        let mut quota = Quota::new(Some(2));
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(!quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("b", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeTags", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-beijing", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(60)));
    }
}
