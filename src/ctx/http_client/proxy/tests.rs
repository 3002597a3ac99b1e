use super::*;
use crate::ctx::fixed::FixedEnv;

fn chosen(env: &[(&str, &str)], url: &str) -> Option<String> {
    let env: FixedEnv = env.iter().copied().collect();
    let proxies = Proxies::of(&env);
    proxies.choose(&url.parse().unwrap()).map(|proxy| proxy.unwrap().url.expose().to_owned())
}

fn is_direct(no_proxy: &str, url: &str) -> bool {
    chosen(&[("ALL_PROXY", "p"), ("NO_PROXY", no_proxy)], url).is_none()
}

#[test]
fn each_scheme_has_its_proxy_and_upper_case_takes_precedence() {
    let env = [("HTTPS_PROXY", "s:1"), ("https_proxy", "x"), ("http_proxy", "http://h:2")];
    assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "http://s:1/");
    assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "http://h:2/");
    assert_eq!(chosen(&env[2..], "https://ecs.test/"), None);
    let env = [("HTTPS_PROXY", ""), ("all_proxy", "https://u:p@a:3")];
    assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "https://u:p@a:3/");
    assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "https://u:p@a:3/");
    let env = [("ALL_PROXY", "socks5://a:4"), ("HTTP_PROXY", "socks5h://b:5")];
    assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "socks5://a:4");
    assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "socks5h://b:5");
}

#[test]
fn a_proxy_is_verified_by_its_host_in_any_form() {
    for (proxy, expected) in [
        ("https://user:hush@Proxy.Example.:1", "proxy.example"),
        ("https://10.1", "10.0.0.1"),
        ("https://[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1"),
    ] {
        let name = read_proxy("HTTPS_PROXY", proxy).unwrap().tls_name().ok().unwrap();
        assert_eq!(name, Some(ServerName::try_from(expected).unwrap()), "{proxy}");
    }
    let without = read_proxy("HTTPS_PROXY", "http://proxy.example").unwrap();
    assert_eq!(without.tls_name().ok().unwrap(), None);
    let nameless = read_proxy("HTTPS_PROXY", "https://a_b!c").unwrap();
    assert!(nameless.tls_name().is_err_and(|error| error.kind == ErrorKind::InvalidProxy));
}

#[test]
fn a_proxy_is_named_by_host_and_variable_without_its_password() {
    for (value, expected) in [
        ("user:hush@p.example:3128", "the proxy p.example:3128 from all_proxy"),
        ("https://hush@[fd00::1]", "the proxy [fd00::1] from all_proxy"),
    ] {
        assert_eq!(read_proxy("all_proxy", value).unwrap().name(), expected);
    }
    for end in ["1/a", "1?a", "1#a"] {
        let error = read_proxy("https_proxy", &format!("user:{end}@proxy:3128")).err().unwrap();
        assert!(error.starts_with("the password in https_proxy"), "{error}");
    }
}

#[test]
fn what_is_on_this_machine_or_its_link_bypasses_proxies() {
    let direct = "localhost a.localhost 127.0.0.1:80 127.9.9.9 [::1]:8 100.100.100.200 \
                  169.254.170.2 [fe80::1]";
    for host in direct.split(' ') {
        assert!(is_direct("", &format!("http://{host}/")), "{host}");
    }
    for host in ["100.100.100.201", "169.253.1.1", "[fd00::1]"] {
        assert!(!is_direct("", &format!("http://{host}/")), "{host}");
    }
}

#[test]
fn no_proxy_supports_names_suffixes_addresses_networks_and_ports() {
    for (list, host, direct) in [
        ("*", "a.test", true),
        ("a.test", "A.test", true),
        ("a.test", "b.a.test", true),
        ("a.test", "ba.test", false),
        (".a.test", "b.a.test", true),
        (".a.test", "a.test", false),
        ("*.a.test", "b.a.test", true),
        ("x, a.test:443 y", "a.test", true),
        ("a.test:444", "a.test", false),
        ("a.test:444", "a.test:444", true),
        ("10.0.0.0/8", "10.200.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "11.0.0.1", true),
        ("0.0.0.0/0", "[fd00::1]", false),
        ("fd00::/8", "[fd12::1]", true),
        ("::/0", "[fd12::1]", true),
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1:443", "10.0.0.1", true),
        ("10.0.0.1:80", "10.0.0.1", false),
        ("[fd00::1]:443", "[fd00::1]", true),
        ("fd00::1", "[fd00::1]", true),
        ("10.0.0.0/99", "10.0.0.0", true),
        ("", "a.test", false),
    ] {
        assert_eq!(is_direct(list, &format!("https://{host}/")), direct, "{list} {host}");
    }
}

#[test]
fn an_unusable_proxy_is_reported_by_variable_without_its_url() {
    for value in ["socks4://user:hush@p", "http://user:hush@p:port"] {
        let env: FixedEnv = [("HTTPS_PROXY", value)].into_iter().collect();
        let proxies = Proxies::of(&env);
        let cause = proxies.choose(&"https://a/".parse().unwrap()).unwrap().err().unwrap();
        assert!(cause.contains("HTTPS_PROXY") && !cause.contains("hush"), "{cause}");
    }
}
