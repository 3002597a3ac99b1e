//! The host of a call that failed: what named it, and what to do about that.

use crate::alicloud::{Error, Product, origin::Origin};

/// What named the host of the call, and how to change it.
pub(super) fn source(error: &Error) -> String {
    let Error { host, region, .. } = error;
    let product = error.product.unwrap_or(Product::ECS).code;
    let set = format!("set endpoints {{ {product} = \"...\" }} in the provider block");
    let derived = "if nothing names a host, a configured Location service does, or it is derived from \
                   the region";
    match &error.origin {
        Some(Origin::Argument(name)) => format!(
            "{name} in the provider block names the host {host}: correct or remove it; {derived}."
        ),
        Some(Origin::File(path)) => format!(
            "The file {path} names the host {host}: correct or remove its entry for the region \
             {region}; {derived}."
        ),
        Some(Origin::Location(service)) => format!(
            "The Location service {service} named the host {host} for the region {region}: correct \
             the region, or {set}, which has precedence."
        ),
        Some(Origin::Profile(profile)) => {
            format!("{profile} names the host {host}: correct or remove it there; {derived}.")
        }
        Some(Origin::Region) => format!(
            "The host {host} is derived from the region {region}: correct the region, or {set}."
        ),
        Some(Origin::Variable(name)) => format!(
            "The environment variable {name} names the host {host}: correct or unset it; {derived}."
        ),
        None => format!("Correct the region, or {set}."),
    }
}

/// The same, unless the host is derived from the region, so that nothing needs to be corrected.
pub(super) fn configured(error: &Error) -> Option<String> {
    let derived = matches!(error.origin, None | Some(Origin::Region));
    (!derived).then(|| source(error))
}

/// What to do if `host` does not respond.
pub(super) fn unreachable(host: &str, error: &Error) -> String {
    let check = format!(
        "Check that {host} can be reached from this machine: network, firewall, port, and HTTPS_PROXY \
         or NO_PROXY if a proxy is needed."
    );
    match configured(error) {
        Some(source) => format!("{check} {source}"),
        None => check,
    }
}

/// That the host may belong to another service.
pub(super) fn check(error: &Error) -> String {
    let product = error.product.unwrap_or(Product::ECS).code.to_uppercase();
    format!("Check that the endpoint is one of {product}. {}", source(error))
}

/// What to do if the host name has no address.
pub(super) fn without_address(error: &Error) -> String {
    let server = "Otherwise check the DNS server of this machine.";
    match &error.origin {
        None | Some(Origin::Region) => format!(
            "The region may be misspelled: it is \"{}\". {} {server}",
            error.region,
            source(error)
        ),
        Some(_) => format!("{} {server}", source(error)),
    }
}

/// What to do about an endpoint from `origin` that cannot be used.
pub(super) fn unusable(origin: &Origin) -> String {
    match origin {
        Origin::Location(_) => "Set endpoints { ecs = \"...\" } in the provider block, which has \
                                precedence over the Location service, or correct \
                                endpoints.location (or LOCATION_ENDPOINT)."
            .into(),
        Origin::Region => "Use the ID of a region, such as cn-hangzhou.".into(),
        Origin::Argument(_) | Origin::File(_) | Origin::Profile(_) | Origin::Variable(_) => {
            "Use a host name, with a port if it is not the default, such as \
             ecs.cn-hangzhou.aliyuncs.com."
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::alicloud::error::Cause;

    fn from(origin: Origin) -> Error {
        Error {
            product: Some(Product::ECS),
            action: "DescribeImages",
            region: "cn-x".into(),
            host: "a.example".into(),
            origin: Some(origin),
            key: None,
            attempts: 1,
            elapsed: Duration::ZERO,
            cause: Cause::Cancelled,
        }
    }

    #[test]
    fn the_remedy_is_about_what_named_the_host() {
        for (origin, expected) in [
            (Origin::Argument("endpoints.ecs"), "endpoints.ecs in the provider block names"),
            (Origin::File("endpoints.xml".into()), "The file endpoints.xml names"),
            (Origin::Profile("endpoint of profile p".into()), "endpoint of profile p names"),
            (Origin::Region, "derived from the region cn-x: correct the region"),
            (
                Origin::Variable("ECS_ENDPOINT"),
                "variable ECS_ENDPOINT names the host a.example: correct or unset",
            ),
        ] {
            let error = from(origin);
            for text in [source(&error), check(&error), without_address(&error)] {
                assert!(text.contains(expected), "{text}");
            }
            // A host that is derived from the region is right if it has an address.
            let unreachable = unreachable("a.example", &error);
            let derived = error.origin == Some(Origin::Region);
            assert_eq!(unreachable.contains(expected), !derived, "{unreachable}");
        }
    }

    #[test]
    fn without_a_name_the_host_is_from_the_location_service_or_the_region() {
        for origin in [Origin::Argument("endpoints.ecs"), Origin::Variable("ECS_ENDPOINT")] {
            let text = source(&from(origin));
            let expected = "a configured Location service does, or it is derived from the region.";
            assert!(text.ends_with(expected), "{text}");
        }
    }

    #[test]
    fn a_host_that_the_location_service_named_is_not_to_be_removed() {
        let error = from(Origin::Location("location.example".into()));
        let named =
            "The Location service location.example named the host a.example for the region cn-x";
        for text in [source(&error), check(&error), without_address(&error)] {
            assert!(text.contains(named) && !text.contains("remove"), "{text}");
            assert!(text.contains("set endpoints { ecs = \"...\" }"), "{text}");
            assert!(!text.contains("misspelled"), "{text}");
        }
        let error = Error { product: Some(Product::STS), ..error };
        assert!(check(&error).contains("one of STS") && check(&error).contains("{ sts ="));
        assert!(unusable(&Origin::Location("l".into())).starts_with("Set endpoints { ecs"));
    }
}
