//! Turns a call into a signed request. Pure: the credential, the instant and the nonce are given.

use jiff::Timestamp;

use super::{credentials::Credential, endpoint::Endpoint};
use crate::ctx::http::{Limits, Request};

/// The signature scheme.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scheme {
    /// ACS3-HMAC-SHA256: everything in headers.
    Acs3,
    /// RPC signature 1.0, HMAC-SHA1: everything in the query.
    #[default]
    V1,
}

/// A call, before it is signed.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The action, such as `DescribeImages`.
    pub action: &'a str,
    /// The API version, such as `2014-05-26`.
    pub version: &'a str,
    /// The parameters of the action, `RegionId` included, raw.
    pub parameters: &'a [(String, String)],
    /// Where it goes.
    pub endpoint: &'a Endpoint,
    /// The user agent.
    pub user_agent: &'a str,
    /// How long and how large it may get.
    pub limits: Limits,
}

/// Signs `call`, as a POST with an empty body.
pub fn sign(
    _scheme: Scheme,
    _call: Call<'_>,
    _credential: &Credential,
    _now: Timestamp,
    _nonce: &str,
) -> Request {
    unreachable!("written next")
}
