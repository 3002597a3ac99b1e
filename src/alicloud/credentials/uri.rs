//! A credentials URI: a server beside the run, usually on the same machine, that hands out a
//! temporary credential to whoever asks.

use futures_util::future::BoxFuture;

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
            let answer = ask(&self.ctx, ask::PATIENCE, || Request {
                method: Method::Get,
                url: url.to_owned(),
                query: query.into(),
                headers: vec![
                    ("accept", "application/json".into()),
                    ("user-agent", self.user_agent.as_str().into()),
                ],
                body: Secret::default(),
                limits: ask::LIMITS,
                proxy: true,
            })
            .await?;
            Issued::read("the answer of the credentials URI", &answer.body)
        })
    }
}
