//! A credentials URI: a server beside the run, usually on the same machine, that hands out a
//! temporary credential to whoever asks.

use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{
    Credential, Source,
    ask::{self, ask},
    failure::Failure,
    issued::Issued,
};
use crate::{
    ctx::{
        Ctx,
        http::{Method, Request},
    },
    secret::Secret,
};

/// A server that hands out credentials.
pub(super) struct CredentialsUri {
    pub(super) ctx: Ctx,
    /// The address. Its query may be a password, so it is shown nowhere.
    pub(super) uri: Secret,
    pub(super) user_agent: String,
}

impl Source for CredentialsUri {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            let uri = self.uri.expose();
            if !uri.starts_with("http://") && !uri.starts_with("https://") {
                let reason = "the address begins with neither http:// nor https://";
                return Err(Failure::Unusable(reason.into()));
            }
            let uri = uri.split('#').next().unwrap_or_default();
            let (url, query) = uri.split_once('?').unwrap_or((uri, ""));
            let (url, user) = without_user(url);
            let answer = ask(&self.ctx, ask::PATIENCE, None, || Request {
                method: Method::Get,
                url: url.clone(),
                query: query.into(),
                headers: [
                    ("accept", "application/json".into()),
                    ("user-agent", self.user_agent.as_str().into()),
                ]
                .into_iter()
                .chain(user.clone().map(|user| ("authorization", user)))
                .collect(),
                body: Secret::default(),
                limits: ask::LIMITS,
                proxy: true,
            })
            .await?;
            Issued::read_open_ended("the answer of the credentials URI", &answer.body)
        })
    }
}

/// The URL without a user name and password, and these as the header in which they travel: a URL may
/// be shown.
fn without_user(url: &str) -> (String, Option<Secret>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return (url.to_owned(), None) };
    // A name without a password still has its colon. Source: RFC 7617, section 2.
    let colon = if user.contains(':') { "" } else { ":" };
    let user = percent_decode_str(user).chain(colon.bytes()).collect::<Vec<u8>>();
    let user = Zeroizing::new(user);
    let header = format!("Basic {}", BASE64_STANDARD.encode(&*user));
    (format!("{scheme}://{host}{path}"), Some(header.into()))
}
