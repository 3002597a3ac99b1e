//! What clients call while they configure themselves: Location for endpoints, and BssOpenApi for the kind of
//! account.

use serde_json::json;

use super::exchange::{Exchange, unknown_region};
use crate::mock::message::Refusal;

/// The version of the API.
pub(crate) const LOCATION_VERSION: &str = "2015-06-12";

/// DescribeEndpoints. For ECS it names the mock itself, so that a client that looks
/// up its endpoint comes back here.
pub(crate) fn describe_endpoints(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let illegal =
        || Refusal::known("Illegal Parameter").with_message("Please check the parameters");
    let region = request.parameter("Id").ok_or_else(illegal)?;
    let service = request.parameter("ServiceCode").ok_or_else(illegal)?;
    let kind = request.parameter("Type").unwrap_or("openAPI");
    if !exchange.backend.catalog().has_region(region) {
        let refusal = Refusal::known("InvalidRegionId");
        return Err(refusal.with_message(unknown_region(region).message));
    }
    let protocol = if request.connection.tls { "HTTPS" } else { "HTTP" };
    let endpoint = json!({
        "Id": region, "Endpoint": request.host(), "Type": kind, "Namespace": "",
        "SerivceCode": service, "Protocols": {"Protocols": [protocol]},
    });
    let answer = json!({
        "RequestId": exchange.request_id, "Success": true,
        "Endpoints": {"Endpoint": [endpoint]},
    });
    Ok(answer.to_string())
}

/// The version of the API.
pub(crate) const BILLING_VERSION: &str = "2017-12-14";

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
