//! The first lines of the diagnostics of failed calls, all in one place: the documentation lists
//! them, and users search for them.

/// The access key is unknown or switched off.
pub const ACCESS_KEY: &str = "Access key refused";
/// The run was interrupted.
pub const CANCELLED: &str = "Read cancelled";
/// The clocks of this machine and of the service differ too much.
pub const CLOCK: &str = "Clock differs from Alibaba Cloud's";
/// There was no connection.
pub const CONNECTION: &str = "No connection to Alibaba Cloud";
/// The source of credentials that is configured gave none.
pub const CREDENTIALS_FAILED: &str = "Credential source failed";
/// No source of credentials gave any.
pub const CREDENTIALS_MISSING: &str = "Alibaba Cloud credentials missing";
/// `dry_run` was asked for.
pub const DRY_RUN: &str = "The check passed, nothing was read";
/// What is configured as an endpoint cannot be one.
pub const ENDPOINT: &str = "Endpoint not usable";
/// What came is not an answer of this action.
pub const GARBLED: &str = "Answer not understood";
/// The name of the host has no address.
pub const HOST: &str = "Host name not found";
/// `TotalCount` and the pages never agreed.
pub const INCONSISTENT: &str = "Image list changed while being read";
/// The instance type is unknown.
pub const INSTANCE_TYPE: &str = "Instance type unknown to Alibaba Cloud";
/// RAM refused.
pub const PERMISSION: &str = "Permission denied by RAM";
/// The proxy refused or is down.
pub const PROXY: &str = "Proxy not usable";
/// Any other refusal.
pub const REFUSED: &str = "Request refused by Alibaba Cloud";
/// The region is unknown.
pub const REGION: &str = "Region unknown to Alibaba Cloud";
/// The service is out of order.
pub const SERVICE: &str = "Alibaba Cloud service failed";
/// The signature does not match.
pub const SIGNATURE: &str = "Signature refused, secret key probably wrong";
/// The Location service named no endpoint.
pub const LOCATION: &str = "Location service failed";
/// The quota is used up.
pub const THROTTLED: &str = "Throttled by Alibaba Cloud";
/// The images of one lookup would take too much memory.
pub const TOO_MANY: &str = "Too many images for one lookup";
/// The certificate of the host is not believed.
pub const TLS: &str = "TLS certificate or handshake refused";
/// The security token is expired or wrong.
pub const TOKEN: &str = "Security token refused";
/// The time of the read is over.
pub const TIMED_OUT: &str = "Read timed out";

/// All of them.
pub const ALL: &[&str] = &[
    ACCESS_KEY,
    CANCELLED,
    CLOCK,
    CONNECTION,
    CREDENTIALS_FAILED,
    CREDENTIALS_MISSING,
    DRY_RUN,
    ENDPOINT,
    GARBLED,
    HOST,
    INCONSISTENT,
    INSTANCE_TYPE,
    LOCATION,
    PERMISSION,
    PROXY,
    REFUSED,
    REGION,
    SERVICE,
    SIGNATURE,
    THROTTLED,
    TLS,
    TOKEN,
    TOO_MANY,
    TIMED_OUT,
];
