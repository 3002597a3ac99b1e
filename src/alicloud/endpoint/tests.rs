use super::*;

fn argument(text: &str) -> Option<ConfiguredEndpoint> {
    from(text, Origin::Argument("endpoints.ecs"))
}

fn from(text: &str, origin: Origin) -> Option<ConfiguredEndpoint> {
    Some(ConfiguredEndpoint { text: text.into(), origin })
}

fn ecs(text: &str, protocol: Protocol) -> Result<String, String> {
    let endpoints = Endpoints { protocol, ecs: argument(text), ..Endpoints::default() };
    match endpoints.configured_ecs("cn-hangzhou") {
        Ok(endpoint) => Ok(endpoint.unwrap().url()),
        Err(unusable) => Err(unusable.reason),
    }
}

#[test]
fn an_endpoint_is_accepted_in_every_common_form() {
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
fn an_invalid_endpoint_is_rejected_with_the_reason() {
    for (text, reason) in [
        ("", "it names no host"),
        ("https://", "it names no host"),
        ("/path", "it names no host"),
        (":80", "it names no host"),
        ("ftp://ecs.aliyuncs.com", "the scheme is neither http nor https"),
        ("user:word@ecs.aliyuncs.com", "it contains a user name, which is not supported"),
        ("ecs.aliyuncs.com:0", "its port is not a number from 1 to 65535"),
        ("ecs.aliyuncs.com:65536", "its port is not a number from 1 to 65535"),
        ("ecs.aliyuncs.com:+80", "its port is not a number from 1 to 65535"),
        ("ecs.aliyuncs.com:", "its port is not a number from 1 to 65535"),
        ("ecs.aliyuncs.com/?a=b", "it contains a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com?a=b", "it contains a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com#a", "it contains a query or a fragment, which is not supported"),
        ("ecs.aliyuncs.com/a b", "its path has characters that must be percent-encoded"),
        ("ecs.aliyuncs.com/a/../b", "its path has `.` or `..` as a segment"),
        ("ecs aliyuncs.com", "its host is not a valid host name"),
        ("ecs.例子.com", "its host is not a valid host name"),
        ("ecs.aliyuncs.com\r\nx: y", "its port is not a number from 1 to 65535"),
        ("ecs..com", "its host has an empty or an overlong part"),
        ("ecs.aliyuncs.com.", "its host has an empty or an overlong part"),
        ("::1", "an IPv6 address must be in brackets"),
        ("[::g]", "the text between the brackets is not a valid IPv6 address"),
        ("127.1", "its host is not a valid IPv4 address"),
        ("256.0.0.1", "its host is not a valid IPv4 address"),
    ] {
        assert_eq!(ecs(text, Protocol::Https), Err(reason.into()), "{text:?}");
    }
}

#[test]
fn the_host_follows_from_the_region_and_the_network() {
    let public = Endpoints::default();
    let vpc = Endpoints { vpc: Some(true), ..Endpoints::default() };
    for (region, host, in_vpc) in [
        ("cn-hangzhou", "ecs.cn-hangzhou.aliyuncs.com", "ecs-vpc.cn-hangzhou.aliyuncs.com"),
        (
            "ap-southeast-8",
            "ecs.ap-southeast-8.aliyuncs.com",
            "ecs-vpc.ap-southeast-8.aliyuncs.com",
        ),
        ("cn-north-2-gov-1", "ecs.aliyuncs.com", "ecs-vpc.cn-north-2-gov-1.aliyuncs.com"),
        ("cn-hangzhou-finance", "ecs.aliyuncs.com", "ecs-vpc.cn-hangzhou-finance.aliyuncs.com"),
        (
            "cn-shanghai-finance-1",
            "ecs-cn-hangzhou.aliyuncs.com",
            "ecs-vpc.cn-shanghai-finance-1.aliyuncs.com",
        ),
        (
            "cn-shenzhen-finance-1",
            "ecs-cn-hangzhou.aliyuncs.com",
            "ecs-vpc.cn-shenzhen-finance-1.aliyuncs.com",
        ),
        (
            "cn-beijing-finance-1",
            "ecs.cn-beijing-finance-1.aliyuncs.com",
            "ecs-vpc.cn-beijing-finance-1.aliyuncs.com",
        ),
        (
            "cn-hangzhou-internal-prod-1",
            "ecs-cn-hangzhou.aliyuncs.com",
            "ecs-vpc.cn-hangzhou-internal-prod-1.aliyuncs.com",
        ),
    ] {
        for (endpoints, host) in [(&public, host), (&vpc, in_vpc)] {
            assert_eq!(endpoints.regional_ecs(region).unwrap().url(), format!("https://{host}/"));
        }
    }
    assert_eq!(vpc.sts("cn-hangzhou").unwrap().host, "sts-vpc.cn-hangzhou.aliyuncs.com");
    for region in ["cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-north-2-gov-1"] {
        assert_eq!(public.sts(region).unwrap().host, format!("sts.{region}.aliyuncs.com"));
    }
    for region in ["", "cn hangzhou", "cn-hangzhou.evil.example/", "cn-hangzhou@x"] {
        assert_eq!(public.regional_ecs(region).unwrap_err().origin, Origin::Region);
    }
}

#[test]
fn sts_uses_https_except_to_this_machine_or_if_the_block_has_http() {
    let sts = |text: Option<&str>, protocol| {
        let endpoints =
            Endpoints { protocol, sts: text.and_then(argument), ..Endpoints::default() };
        endpoints.sts("cn-beijing").unwrap().url()
    };
    assert_eq!(sts(None, Protocol::Http), "https://sts.cn-beijing.aliyuncs.com/");
    assert_eq!(sts(Some("sts.example"), Protocol::Http), "https://sts.example/");
    assert_eq!(sts(Some("http://sts.example"), Protocol::Https), "http://sts.example/");
    assert_eq!(sts(Some("127.0.0.1:8"), Protocol::Http), "http://127.0.0.1:8/");
    assert_eq!(sts(Some("127.0.0.1:8"), Protocol::Https), "https://127.0.0.1:8/");
    assert_eq!(sts(Some("localhost"), Protocol::Http), "http://localhost/");
    assert_eq!(sts(Some("a.localhost"), Protocol::Http), "https://a.localhost/");
    assert_eq!(sts(Some("[::1]:8"), Protocol::Http), "http://[::1]:8/");
    assert_eq!(sts(Some("localhost.example"), Protocol::Http), "https://localhost.example/");
}

#[test]
fn plain_http_is_accepted_only_from_allowed_origins() {
    let file = || Origin::File("endpoints.xml".into());
    let profile = || Origin::Profile("the profile p".into());
    let variable = || Origin::Variable("X_ENDPOINT");
    let location = || Origin::Location("location.example".into());
    let block = || Origin::Argument("endpoints.x");
    let endpoints = Endpoints::default();
    for (origin, host, ecs, sensitive) in [
        (block(), "a.example", true, true),
        (variable(), "a.example", true, false),
        (profile(), "a.example", true, false),
        (file(), "a.example", false, false),
        (location(), "a.example", false, false),
        (variable(), "169.254.1.1", true, true),
        (variable(), "100.100.100.200", true, true),
        (variable(), "[fe80::1]", true, true),
        (profile(), "169.254.1.1:8", true, true),
        (file(), "169.254.1.1", false, false),
        (location(), "169.254.1.1", false, false),
        (variable(), "10.0.0.1", true, false),
        (file(), "127.0.0.1:8", true, true),
        (location(), "[::1]:8", true, true),
        (variable(), "127.0.0.1", true, true),
    ] {
        let endpoint = ConfiguredEndpoint { text: format!("http://{host}"), origin };
        assert_eq!(endpoints.read_ecs(&endpoint).is_ok(), ecs, "{endpoint:?}");
        assert_eq!(endpoints.read_sensitive(&endpoint).is_ok(), sensitive, "{endpoint:?}");
        // Without a scheme, `protocol` applies, which only the provider block sets.
        let bare = ConfiguredEndpoint { text: host.into(), ..endpoint.clone() };
        for protocol in [Protocol::Http, Protocol::Https] {
            let endpoints = Endpoints { protocol, ..Endpoints::default() };
            assert_eq!(endpoints.read_ecs(&bare).unwrap().scheme, protocol, "{bare:?}");
        }
        let secure = ConfiguredEndpoint { text: format!("https://{host}"), ..endpoint };
        assert!(endpoints.read_ecs(&secure).is_ok() && endpoints.read_sensitive(&secure).is_ok());
    }
}

#[test]
fn endpoints_outside_alibaba_cloud_that_the_block_does_not_name_are_listed() {
    let variable = |text: &str| from(text, Origin::Variable("X"));
    for (text, listed) in [
        ("ecs.cn-beijing.aliyuncs.com", false),
        ("aliyuncs.com:443", false),
        ("127.0.0.1:8080", false),
        ("http://localhost:1", false),
        ("evil.example", true),
        ("aliyuncs.com.evil.example", true),
        ("evilaliyuncs.com", true),
        ("169.254.1.1", true),
    ] {
        let endpoints = Endpoints { ecs: variable(text), ..Endpoints::default() };
        assert_eq!(outside(&endpoints).len(), usize::from(listed), "{text}");
        let endpoints = Endpoints { ecs: argument(text), ..Endpoints::default() };
        assert!(outside(&endpoints).is_empty(), "{text}");
    }
    let file = File::parse(XML, "/dir/endpoints.xml").unwrap();
    let endpoints =
        Endpoints { file: Some(file), sts: variable("sts.evil.example"), ..Endpoints::default() };
    assert_eq!(
        outside(&endpoints),
        [
            "ecs ecs.private.example the file /dir/endpoints.xml",
            "sts sts.evil.example the environment variable X",
            "sts sts.private.example the file /dir/endpoints.xml",
        ]
    );
}

/// The hosts outside Alibaba Cloud for a run in a region that no file contains.
fn outside(endpoints: &Endpoints) -> Vec<String> {
    let (used, others) = endpoints.outside_alibaba_cloud("cn-none");
    let listed = used.into_iter().chain(others);
    let mut listed: Vec<String> = listed
        .map(|OutsideHost { product, host, origin }| format!("{} {host} {origin}", product.code))
        .collect();
    listed.sort();
    listed
}

#[test]
fn the_outside_hosts_that_a_run_uses_are_listed_first() {
    let group = |region: &str, host: &str| {
        format!(
            "<Endpoint><RegionIds><RegionId>{region}</RegionId></RegionIds><Products><Product>\
             <ProductName>Ecs</ProductName><DomainName>{host}</DomainName></Product><Product>\
             <ProductName>Sts</ProductName><DomainName>sts.{host}</DomainName></Product>\
             </Products></Endpoint>"
        )
    };
    let decoys = (0..20).map(|number| group(&format!("r-{number}"), &format!("a{number}.example")));
    let xml: String = decoys.chain([group("cn-hangzhou", "zz.example")]).collect();
    let file = File::parse(&format!("<Endpoints>{xml}</Endpoints>"), "endpoints.xml").unwrap();
    let endpoints = Endpoints {
        file: Some(file),
        location: from("l.example", Origin::Variable("X")),
        ..Endpoints::default()
    };
    let (used, others) = endpoints.outside_alibaba_cloud("cn-hangzhou");
    let hosts: Vec<&str> = used.iter().map(|outside| &*outside.host).collect();
    assert_eq!(hosts, ["zz.example", "l.example", "sts.zz.example"]);
    assert_eq!(others.len(), 40);
    assert!(used.iter().all(|used| !others.contains(used)));
}

#[test]
fn plain_http_of_the_block_is_listed() {
    for (text, plain) in
        [("http://sts.example", true), ("https://sts.example", false), ("http://127.0.0.1", false)]
    {
        let endpoints = Endpoints { sts: argument(text), ..Endpoints::default() };
        assert_eq!(endpoints.plain().len(), usize::from(plain), "{text}");
    }
}

#[test]
fn a_host_that_may_not_serve_the_region_is_recognized() {
    let other = |region: &str| Some(HostMismatch::OtherRegion(region.into()));
    for (host, region, expected) in [
        ("ecs.eu-west-1.aliyuncs.com", "eu-central-1", other("eu-west-1")),
        ("ecs-vpc.eu-west-1.aliyuncs.com:443", "eu-central-1", other("eu-west-1")),
        ("ecs.eu-west-1.aliyuncs.com", "eu-west-1", None),
        ("ecs.cn-zhangjiakou.aliyuncs.com", "cn-zhangjiakou-na62-a01", None),
        ("ecs.cn-zhangjiakou.aliyuncs.com:443", "cn-zhangjiakou-na62-a01", None),
        ("ecs.gateway.example", "eu-west-1", None),
        ("ecs.aliyuncs.com", "eu-west-1", Some(HostMismatch::Central)),
        ("ecs.aliyuncs.com:443", "cn-wulanchabu", Some(HostMismatch::Central)),
        ("ecs-cn-hangzhou.aliyuncs.com", "eu-west-1", Some(HostMismatch::Central)),
        ("ecs.aliyuncs.com", "cn-hangzhou", None),
        ("ecs-cn-hangzhou.aliyuncs.com", "us-west-1", None),
        ("ecs-cn-hangzhou.aliyuncs.com", "AP-Southeast-1", None),
        ("ecs-cn-hangzhou.aliyuncs.com", "cn-shanghai-finance-1", None),
        ("ecs.aliyuncs.com", "cn-shanghai-finance-1", None),
        ("ecs-cn-hangzhou.aliyuncs.com", "cn-north-2-gov-1", None),
    ] {
        assert_eq!(mismatch(host, region), expected, "{host} {region}");
    }
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
fn the_file_takes_precedence_only_for_its_own_regions() {
    let endpoints = Endpoints {
        file: Some(File::parse(XML, "endpoints.xml").unwrap()),
        ecs: argument("ecs.block.example"),
        ..Endpoints::default()
    };
    let host = |region| endpoints.configured_ecs(region).unwrap().unwrap().host;
    assert_eq!(host("cn-private-1"), "ecs.private.example");
    assert_eq!(host("cn-private-2"), "ecs.private.example");
    assert_eq!(host("cn-hangzhou"), "ecs.block.example");
    assert_eq!(endpoints.sts("cn-private-1").unwrap().host, "sts.private.example");
}

#[test]
fn a_file_without_endpoints_is_rejected() {
    assert!(matches!(File::parse("<Other/>", "f"), Err(configured::Error::Root(_))));
    assert!(matches!(File::parse("not xml", "f"), Err(configured::Error::Xml(_))));
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbb">]><Endpoints>&b;</Endpoints>"#;
    assert!(matches!(File::parse(bomb, "f"), Err(configured::Error::Xml(_))));
}

#[test]
fn a_file_is_read_in_proportion_to_its_length() {
    // All combinations of regions and domains would be 25 million entries, gigabytes and minutes.
    let regions: String = (0..5_000).map(|n| format!("<RegionId>r-{n}</RegionId>")).collect();
    let product = |n| {
        format!("<Product><ProductName>ecs</ProductName><DomainName>h{n}</DomainName></Product>")
    };
    let products: String = (0..5_000).map(product).collect();
    let xml = format!(
        "<Endpoints><Endpoint><RegionIds>{regions}</RegionIds><Products>{products}</Products>\
         </Endpoint></Endpoints>"
    );
    let file = File::parse(&xml, "f").unwrap();
    assert_eq!(file.domain("r-4999", "ecs").unwrap().text, "h4999");
    assert!(file.domain("r-5000", "ecs").is_none());
    assert_eq!(file.domains("ecs").len(), 1);
}

#[test]
fn a_file_with_too_many_entries_is_rejected() {
    let regions = "<RegionId/>".repeat(configured::MAX_ENTRIES + 1);
    let xml =
        format!("<Endpoints><Endpoint><RegionIds>{regions}</RegionIds></Endpoint></Endpoints>");
    assert!(matches!(File::parse(&xml, "f"), Err(configured::Error::TooManyEntries)));
    let nodes = format!("<Endpoints>{}</Endpoints>", "<a/>".repeat(200_001));
    assert!(matches!(File::parse(&nodes, "f"), Err(configured::Error::Xml(_))));
}
