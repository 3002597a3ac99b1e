//! A credentials URI: a server, usually on the same machine, that returns a temporary credential to
//! any client that connects.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{Issued, ProfileMode};
use crate::{
    alicloud::{
        call::Policy,
        credentials::{
            Credential, Source,
            context::SourceContext,
            error::{Input, SourceError},
            resolver::{Choice, Notice, Resolver, argument},
        },
        endpoint::configured::is_local,
        variables::{self, is_on},
    },
    ctx::http::{self, Arrival, Method, Request},
    secret::Secret,
};

/// The profile mode CredentialsURI.
pub(crate) const MODE: ProfileMode = ProfileMode {
    name: "CredentialsURI",
    meaning: "A server that returns a temporary credential.",
    source: |given| {
        if is_on(given.context.ctx.env.as_ref(), variables::EXTERNAL_PROCESS_DISABLED) {
            return Err(SourceError::Forbidden(variables::EXTERNAL_PROCESS_DISABLED.first()));
        }
        Ok(source(given.profile.members.required("credentials_uri")?, false, given.context))
    },
};

/// A server that returns credentials.
struct CredentialsUri {
    context: SourceContext,
    /// The address. Its query may contain a password, so it is never shown.
    uri: Secret,
    /// Whether plain HTTP to any host is allowed.
    plain_allowed: bool,
}

fn source(uri: &str, plain_allowed: bool, context: &SourceContext) -> Arc<dyn Source> {
    Arc::new(CredentialsUri { context: context.clone(), uri: uri.into(), plain_allowed })
}

/// The URI of the provider block or of the environment.
pub(crate) fn choose(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the credentials URI";
    let given = resolver.arguments.credentials_uri.as_deref();
    let uri = argument(given, resolver.env(), variables::CREDENTIALS_URI);
    let uri = uri.trim();
    if uri.is_empty() {
        return resolver.skip(name, "credentials_uri is not set");
    }
    let of_block = given.is_some();
    if let Some(host) = plain_host(uri)
        && of_block
        && !is_local(&host)
    {
        resolver.notices.push(Notice::PlainCredentialsUri(host));
    }
    Choice::new(name, Ok(source(uri, of_block, &resolver.context)))
}

impl Source for CredentialsUri {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            let uri = self.uri.expose();
            if !uri.starts_with("http://") && !uri.starts_with("https://") {
                return Err(SourceError::configuration(
                    "the address begins with neither http:// nor https://",
                    format!("Correct {}.", variables::CREDENTIALS_URI.settings()),
                ));
            }
            if !self.plain_allowed && plain_host(uri).is_some_and(|host| !is_local(&host)) {
                return Err(SourceError::configuration(
                    "the address uses plain HTTP to another machine",
                    "Use https://, or set the address as credentials_uri in the provider block, which \
                     alone may lead to plain HTTP there.",
                ));
            }
            let Parts { url, query, user } = parts(uri);
            let request = |limits| Request {
                method: Method::GET,
                url: url.clone(),
                query: query.into(),
                headers: [
                    ("accept", "application/json".into()),
                    ("user-agent", self.context.user_agent.as_str().into()),
                ]
                .into_iter()
                .chain(user.clone().map(|user| ("authorization", user)))
                .collect(),
                body: Secret::default(),
                limits,
                proxy: true,
                tls: Default::default(),
                always_verified: false,
                arrival: Arrival::default(),
            };
            let limits = self.context.limits();
            let answer = self
                .context
                .fetch(Input::CredentialsUri, Policy::UNSIGNED, limits, request)
                .await?;
            Issued::read_open_ended(Input::CredentialsUri, &answer)
        })
    }
}

/// The host to which a request to a plain HTTP address goes. For an invalid address it is empty, which does not count
/// as this machine.
fn plain_host(uri: &str) -> Option<String> {
    uri.strip_prefix("http://")?;
    Some(http::host_of(&parts(uri).url).unwrap_or_default())
}

/// An address in parts.
struct Parts<'a> {
    /// Without user name and query.
    url: String,
    query: &'a str,
    /// The header with the user name and the password.
    user: Option<Secret>,
}

fn parts(uri: &str) -> Parts<'_> {
    let uri = uri.split('#').next().unwrap_or_default();
    let (url, query) = uri.split_once('?').unwrap_or((uri, ""));
    let (url, user) = without_user(url);
    Parts { url, query, user }
}

/// The URL without a user name and password, and a header with them, because a URL may be shown.
fn without_user(url: &str) -> (String, Option<Secret>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return (url.to_owned(), None) };
    // A name without a password still has its colon. Source: RFC 7617, section 2.
    let colon = if user.contains(':') { "" } else { ":" };
    let user = percent_decode_str(user).chain(colon.bytes()).collect::<Vec<u8>>();
    let user = Zeroizing::new(user);
    let header = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(&*user)));
    (format!("{scheme}://{host}{path}"), Some(header.as_str().into()))
}

#[cfg(test)]
mod tests {
    use super::plain_host;

    #[test]
    fn the_host_is_the_one_to_which_the_request_goes() {
        for (uri, host) in [
            ("http://127.0.0.1:8/path", Some("127.0.0.1")),
            ("http://LocalHost?query", Some("localhost")),
            ("http://user:password@[::1]:8/", Some("[::1]")),
            ("http://127.1/", Some("127.0.0.1")),
            ("http://evil.example\\.localhost/", Some("evil.example")),
            ("http://localhost\\@evil.example/", Some("evil.example")),
            ("http://evil.example#@localhost/", Some("evil.example")),
            ("http://evil.example?@localhost/", Some("evil.example")),
            ("http://[", Some("")),
            ("https://evil.example/", None),
        ] {
            assert_eq!(plain_host(uri).as_deref(), host, "{uri}");
        }
    }
}
