//! The Location service, version 2015-06-12: where the endpoints of a product are.

use serde_json::json;

use super::Exchange;
use crate::mock::message::Refusal;

/// The version of the API.
pub(crate) const VERSION: &str = "2015-06-12";

/// DescribeEndpoints. For ECS it names the mock itself, so that a client that asks first is led
/// back here.
pub(crate) fn describe_endpoints(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let illegal =
        || Refusal::known("Illegal Parameter").with_message("Please check the parameters");
    let region = request.parameter("Id").ok_or_else(illegal)?;
    let service = request.parameter("ServiceCode").ok_or_else(illegal)?;
    let kind = request.parameter("Type").unwrap_or("openAPI");
    if !exchange.backend.catalog().has_region(region) {
        return Err(
            Refusal::known("InvalidRegionId").with_message("The specified region does not exist.")
        );
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
