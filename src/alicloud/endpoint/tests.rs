use super::*;

fn written(text: &str) -> Option<Written> {
    Some(Written { text: text.into(), origin: "endpoints.ecs".into() })
}

fn ecs(text: &str, protocol: Protocol) -> Result<String, String> {
    let endpoints = Endpoints { protocol, ecs: written(text), ..Endpoints::default() };
    match endpoints.written_ecs("cn-hangzhou") {
        Ok(endpoint) => Ok(endpoint.unwrap().url()),
        Err(unusable) => Err(unusable.reason),
    }
}

#[test]
fn an_endpoint_works_in_every_usual_spelling() {
    use Protocol::{Http, Https};
    for (text, protocol, url) in [
        ("ecs.aliyuncs.com", Https, "https://ecs.aliyuncs.com/"),
        ("ecs.aliyuncs.com", Http, "http://ecs.aliyuncs.com/"),
        (" ecs.aliyuncs.com\n", Https, "https://ecs.aliyuncs.com/"),
        ("ECS.Aliyuncs.COM", Https, "https://ecs.aliyuncs.com/"),
        ("https://ecs.aliyuncs.com", Https, "https://ecs.aliyuncs.com/"),
        ("https://ecs.aliyuncs.com", Http, "https://ecs.aliyuncs.com/"),
        ("HTTP://ecs.aliyuncs.com", Https, "http://ecs.aliyuncs.com/"),
        ("http://ecs.aliyuncs.com/", Https, "http://ecs.aliyuncs.com/"),
        ("ecs.aliyuncs.com:443", Https, "https://ecs.aliyuncs.com/"),
        ("ecs.aliyuncs.com:443", Http, "http://ecs.aliyuncs.com:443/"),
        ("ecs.aliyuncs.com:80", Http, "http://ecs.aliyuncs.com/"),
        ("http://ecs.aliyuncs.com:80", Https, "http://ecs.aliyuncs.com/"),
        ("http://ecs.aliyuncs.com:443", Https, "http://ecs.aliyuncs.com:443/"),
        ("ecs.aliyuncs.com:8443", Https, "https://ecs.aliyuncs.com:8443/"),
        ("gateway.example/ecs/v1", Https, "https://gateway.example/ecs/v1"),
        ("gateway.example/ecs/", Https, "https://gateway.example/ecs/"),
        ("https://gateway.example:8443/a%20b", Https, "https://gateway.example:8443/a%20b"),
        ("my_gateway", Https, "https://my_gateway/"),
        ("127.0.0.1:8080", Https, "https://127.0.0.1:8080/"),
        ("127.0.0.1:8080", Http, "http://127.0.0.1:8080/"),
        ("http://127.0.0.1:8080", Https, "http://127.0.0.1:8080/"),
        ("localhost", Https, "https://localhost/"),
        ("[::1]:8080", Http, "http://[::1]:8080/"),
        ("[0:0:0:0:0:0:0:1]", Https, "https://[::1]/"),
        ("https://[2001:DB8::1]:443", Https, "https://[2001:db8::1]/"),
        ("10.0.0.7", Https, "https://10.0.0.7/"),
    ] {
        assert_eq!(ecs(text, protocol).as_deref(), Ok(url), "{text:?}");
    }
}

#[test]
fn what_is_no_endpoint_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "it names no host"),
        ("https://", "it names no host"),
        ("/path", "it names no host"),
        (":80", "it names no host"),
        ("ftp://ecs.aliyuncs.com", "the scheme is neither http nor https"),
        ("user:word@ecs.aliyuncs.com", "it carries a user name, which is not supported"),
        ("ecs.aliyuncs.com:0", "its port is no number from 1 to 65535"),
        ("ecs.aliyuncs.com:65536", "its port is no number from 1 to 65535"),
        ("ecs.aliyuncs.com:+80", "its port is no number from 1 to 65535"),
        ("ecs.aliyuncs.com:", "its port is no number from 1 to 65535"),
        ("ecs.aliyuncs.com/?a=b", "it carries a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com?a=b", "it carries a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com#a", "it carries a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com/a b", "its path has characters that must be percent-encoded"),
        ("ecs.aliyuncs.com/a/../b", "its path has `.` or `..` as a segment"),
        ("ecs aliyuncs.com", "its host has characters that no host name has"),
        ("ecs.例子.com", "its host has characters that no host name has"),
        ("ecs.aliyuncs.com\r\nx: y", "its port is no number from 1 to 65535"),
        ("ecs..com", "its host has an empty or an overlong part"),
        ("ecs.aliyuncs.com.", "its host has an empty or an overlong part"),
        ("::1", "an IPv6 address must stand in brackets"),
        ("[::g]", "it has no valid IPv6 address between the brackets"),
        ("127.1", "its host is no valid IPv4 address"),
        ("256.0.0.1", "its host is no valid IPv4 address"),
    ] {
        assert_eq!(ecs(text, Protocol::Https), Err(reason.into()), "{text:?}");
    }
}

#[test]
fn the_host_follows_from_the_region() {
    let public = Endpoints::default();
    // The variable for it is of the credential libraries, so of STS alone.
    let vpc = Endpoints { vpc: true, ..Endpoints::default() };
    for (region, host) in [
        ("cn-hangzhou", "ecs.cn-hangzhou.aliyuncs.com"),
        ("ap-southeast-8", "ecs.ap-southeast-8.aliyuncs.com"),
        ("cn-north-2-gov-1", "ecs.aliyuncs.com"),
        ("cn-hangzhou-internal-prod-1", "ecs-cn-hangzhou.aliyuncs.com"),
    ] {
        for endpoints in [&public, &vpc] {
            assert_eq!(endpoints.derived_ecs(region).unwrap().url(), format!("https://{host}/"));
        }
    }
    for region in ["", "cn hangzhou", "cn-hangzhou.evil.example/", "cn-hangzhou@x"] {
        assert_eq!(public.derived_ecs(region).unwrap_err().origin, "region");
    }
}

#[test]
fn sts_is_https_except_to_this_machine_or_where_http_is_written() {
    let sts = |text: Option<&str>, protocol| {
        let endpoints = Endpoints { protocol, sts: text.and_then(written), ..Endpoints::default() };
        endpoints.sts("cn-beijing").unwrap().url()
    };
    assert_eq!(sts(None, Protocol::Http), "https://sts.cn-beijing.aliyuncs.com/");
    assert_eq!(sts(Some("sts.example"), Protocol::Http), "https://sts.example/");
    assert_eq!(sts(Some("http://sts.example"), Protocol::Https), "http://sts.example/");
    assert_eq!(sts(Some("127.0.0.1:8"), Protocol::Http), "http://127.0.0.1:8/");
    assert_eq!(sts(Some("127.0.0.1:8"), Protocol::Https), "https://127.0.0.1:8/");
    assert_eq!(sts(Some("a.localhost"), Protocol::Http), "http://a.localhost/");
    assert_eq!(sts(Some("[::1]:8"), Protocol::Http), "http://[::1]:8/");
    assert_eq!(sts(Some("localhost.example"), Protocol::Http), "https://localhost.example/");
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Endpoints>
  <Endpoint name="one">
    <RegionIds><RegionId>cn-private-1</RegionId><RegionId> cn-private-2 </RegionId></RegionIds>
    <Products>
      <Product><ProductName>Ecs</ProductName><DomainName>ecs.private.example</DomainName></Product>
      <Product><ProductName>Sts</ProductName><DomainName>sts.private.example</DomainName></Product>
      <Product><ProductName>Slb</ProductName></Product>
    </Products>
  </Endpoint>
</Endpoints>"#;

#[test]
fn the_file_counts_more_than_what_is_written_elsewhere_for_its_regions_only() {
    let endpoints = Endpoints {
        file: Some(File::parse(XML, "endpoints.xml").unwrap()),
        ecs: written("ecs.block.example"),
        ..Endpoints::default()
    };
    let host = |region| endpoints.written_ecs(region).unwrap().unwrap().host;
    assert_eq!(host("cn-private-1"), "ecs.private.example");
    assert_eq!(host("cn-private-2"), "ecs.private.example");
    assert_eq!(host("cn-hangzhou"), "ecs.block.example");
    assert_eq!(endpoints.sts("cn-private-1").unwrap().host, "sts.private.example");
}

#[test]
fn a_file_that_is_not_of_endpoints_is_refused() {
    assert!(matches!(File::parse("<Other/>", "f"), Err(file::Error::Root(_))));
    assert!(matches!(File::parse("not xml", "f"), Err(file::Error::Xml(_))));
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb">]><Endpoints>&b;</Endpoints>"#;
    assert!(matches!(File::parse(bomb, "f"), Err(file::Error::Xml(_))));
}
