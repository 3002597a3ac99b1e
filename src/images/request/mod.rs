//! Conditions become request parameters of DescribeImages.

use super::arguments::{Condition, Given, Tag};

/// Arguments and the parameters that carry them. Source: ECS API, DescribeImages.
const PARAMETERS: &[(&str, &str)] = &[
    ("action_type", "ActionType"),
    ("architecture", "Architecture"),
    ("dry_run", "DryRun"),
    ("image_family", "ImageFamily"),
    ("image_id", "ImageId"),
    ("image_name", "ImageName"),
    ("image_owner_id", "ImageOwnerId"),
    ("instance_type", "InstanceType"),
    ("is_public", "IsPublic"),
    ("is_support_cloud_init", "IsSupportCloudinit"),
    ("is_support_io_optimized", "IsSupportIoOptimized"),
    ("os_type", "OSType"),
    ("owner_account", "OwnerAccount"),
    ("owners", "ImageOwnerAlias"),
    ("resource_group_id", "ResourceGroupId"),
    ("show_expired", "ShowExpired"),
    ("snapshot_id", "SnapshotId"),
    ("status", "Status"),
    ("usable", "Usable"),
    ("usage", "Usage"),
];

/// The parameters, without region and paging. Tags and filters are counted from 1 in the order in
/// which they stand.
pub(super) fn parameters<'a>(
    conditions: impl IntoIterator<Item = &'a Condition>,
) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut filters = 0;
    for condition in conditions {
        match &condition.given {
            Given::Flag(truth) => parameters.extend(named(condition, truth.to_string())),
            Given::Text(text) => parameters.extend(named(condition, text.to_string())),
            Given::Filter(key, value) => {
                filters += 1;
                parameters.push((format!("Filter.{filters}.Key"), key.to_string()));
                parameters.push((format!("Filter.{filters}.Value"), value.to_string()));
            }
            Given::Tags(tags) => {
                for (number, Tag { key, value }) in (1..).zip(tags) {
                    parameters.push((format!("Tag.{number}.Key"), key.to_string()));
                    // As officially: without a value any value will do.
                    if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                        parameters.push((format!("Tag.{number}.Value"), value.to_string()));
                    }
                }
            }
        }
    }
    parameters
}

fn named(condition: &Condition, value: String) -> Option<(String, String)> {
    let (_, parameter) = PARAMETERS.iter().find(|(argument, _)| *argument == condition.argument)?;
    Some(((*parameter).to_owned(), value))
}

#[cfg(test)]
mod tests;
