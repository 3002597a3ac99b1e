//! BssOpenApi, version 2017-12-14: the one call that the official provider makes on configure.

use serde_json::json;

use super::Exchange;
use crate::mock::message::Refusal;

/// The version of the API.
pub(crate) const VERSION: &str = "2017-12-14";

/// QueryAvailableInstances: an account without instances.
pub(crate) fn query_available_instances(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let page = exchange.request.integer("PageNum", 1, 1..=u64::MAX)?;
    let size = exchange.request.integer("PageSize", 20, 1..=300)?;
    let answer = json!({
        "Code": "Success", "Message": "Successful!", "RequestId": exchange.request_id,
        "Success": true,
        "Data": {"InstanceList": [], "PageNum": page, "PageSize": size, "TotalCount": 0},
    });
    Ok(answer.to_string())
}
