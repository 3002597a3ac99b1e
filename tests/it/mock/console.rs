//! Which requests get the console page. `tests/console` tests the page itself.

use reqwest::{Method, header::ACCEPT};

use super::{
    client::{Answer, Call, client},
    start,
};

/// What Chromium sends when it opens a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn only_browsers_get_the_console() {
    let server = start();
    let get = async |method: Method, path: &str, accept: &str| {
        let url = format!("{}{path}", server.url());
        let request = client().request(method, url).header(ACCEPT, accept);
        Answer::read(request.send().await.unwrap()).await.unwrap()
    };
    for path in ["/", "/_mock", "/_mock/"] {
        let page = get(Method::GET, path, BROWSER).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html;charset=utf-8"));
        assert!(page.body.starts_with("<!doctype html>"), "{path}");
        assert!(!page.header("content-security-policy").contains("unsafe"), "{path}");
    }
    let head = get(Method::HEAD, "/", BROWSER).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(server.journal().entries().len(), 0, "a page is no call");

    let call = get(Method::GET, "/?Action=DescribeImages", BROWSER).await;
    assert_eq!(call.text("Code"), "MissingVersion", "some HTTP libraries accept HTML by default");
    assert_eq!(get(Method::GET, "/", "*/*").await.text("Code"), "MissingAction");
    assert_eq!(get(Method::POST, "/", BROWSER).await.text("Code"), "MissingAction");
    assert_eq!(get(Method::GET, "/_mock/", "application/json").await.status, 404);
    assert_eq!(get(Method::GET, "/_mock/health", BROWSER).await.json()["status"], "ok");
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().status, 200);
}
