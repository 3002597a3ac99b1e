//! The console: one page that shows and steers a running mock through its admin API.
//!
//! The page is embedded, loads nothing from elsewhere, and runs under a policy that allows its own
//! style and script only, by their hashes.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hyper::Method;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    message::{OF_EVERY_CALL, Reply, Request},
    service,
};

const FRAME: &str = include_str!("console/page.html");
const STYLE: &str = include_str!("console/style.css");
/// The script in the order of use, after what it needs to know of the mock.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = service::names().collect();
    format!(
        "const ACTIONS = {};\nconst OF_EVERY_CALL = {};\n{SOURCE}",
        json!(names),
        json!(OF_EVERY_CALL),
    )
});
const SOURCE: &str = concat!(
    include_str!("console/dom.js"),
    include_str!("console/api.js"),
    include_str!("console/diff.js"),
    include_str!("console/charts.js"),
    include_str!("console/calls.js"),
    include_str!("console/faults.js"),
    include_str!("console/catalog.js"),
    include_str!("console/main.js"),
);

static PAGE: LazyLock<Bytes> = LazyLock::new(|| {
    FRAME
        .replace("<style></style>", &format!("<style>{STYLE}</style>"))
        .replace("<script></script>", &format!("<script>{}</script>", *SCRIPT))
        .into()
});

/// Source: Content Security Policy Level 3. The icon is a `data:` URL.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&SCRIPT),
        hash(STYLE),
    )
});

/// The page, for a browser that opens `/` or `/_mock/`; `None` for all other requests.
///
/// Some HTTP libraries accept HTML by default, so a request that names an action is a call.
pub(super) fn answer(request: &Request) -> Option<Reply> {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    let is_page = matches!(request.path.as_str(), "/" | "/_mock" | "/_mock/");
    let accepts = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
    if !reads || !is_page || !accepts || request.action().is_some() {
        return None;
    }
    let mut reply = Reply::new(200, "text/html;charset=utf-8", PAGE.clone());
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", POLICY.as_str()),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        reply.headers.push((name, value.to_owned()));
    }
    Some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_whole_and_loads_nothing() {
        let page = std::str::from_utf8(&PAGE).unwrap();
        assert!(page.len() <= 80_000, "{} bytes", page.len());
        assert!(page.contains(STYLE) && page.contains(&*SCRIPT));
        assert_eq!((page.matches("<style>").count(), page.matches("<script>").count()), (1, 1));
        assert!(page.contains("\"CreateKeyPair\"") && page.contains("\"SignatureNonce\""));
        for foreign in ["src=", "@import", "url(", "https://", "innerHTML", "eval(", " style="] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
