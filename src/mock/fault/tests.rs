use super::*;

fn apply(faults: &mut Faults, page: u64) -> Vec<String> {
    let subject =
        FaultSubject { action: "DescribeImages", region: "cn-hangzhou", access_key: "k", page };
    faults.apply(&subject).applied
}

fn faults(rules: &[&str]) -> Faults {
    Faults::new(rules.iter().map(|rule| rule.parse().unwrap()).collect(), 1)
}

#[test]
fn parsing_the_text_form_of_a_rule_gives_the_same_rule() {
    for text in [
        "do=reset",
        "action=DescribeImages region=cn-beijing access-key=k page=2..4 nth=3.. times=2 probability=0.25 do=throttle",
        "repeat=true do=error:Forbidden.RAM,ok,html:503",
        "do=latency:50ms&throttle&retry-after:2,latency:10ms..20ms,latency:lognormal:50ms/0.5",
        "do=total:+5,total:-5,total:7,catalog:+1,catalog:-1,same-page,skew:-1200",
        "do=goaway,goaway:enhance_your_calm,rst-stream,rst-stream:REFUSED_STREAM,half-close,silence",
        "do=truncate,truncate:10,slow,slow:1/5ms,garbage,garbage-body,hang,close,empty,body:{}",
        r#"do="error:Odd:418:a message, with \"all\" & sundry""#,
    ] {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule, "{rule}");
    }
}

#[test]
fn json_and_text_give_the_same_rule() {
    let json = r#"{"action": "DescribeImages", "page": 2, "times": "2", "do": ["throttle", "latency:1s&reset"]}"#;
    let text = "action=DescribeImages page=2 times=2 do=throttle,latency:1s&reset";
    assert_eq!(read_rules(json).unwrap(), [text.parse().unwrap()]);
    assert_eq!(read_rules(&format!("[{json}, \"{text}\"]")).unwrap().len(), 2);
}

#[test]
fn an_error_names_the_part_that_cannot_be_read() {
    for (text, part) in [
        ("", "does not say"),
        ("do=explode", "explode"),
        ("reset", "reset"),
        ("page=0x do=ok", "0x"),
        ("page=4..2 do=ok", "4..2"),
        ("probability=2 do=ok", "2"),
        ("colour=red do=ok", "colour"),
        ("do=latency:5", "5"),
        ("do=html:99", "99"),
        ("do=error:", "error"),
        ("do=rst-stream:LATER", "LATER"),
        ("do=slow:0/1ms", "0/1ms"),
        ("do=latency:2h", "2h"),
        ("do=latency:61m", "longer"),
    ] {
        let error = text.parse::<Rule>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_sequence_is_used_once_and_a_single_step_stays_in_force() {
    let mut once = faults(&["do=throttle,reset"]);
    assert_eq!(apply(&mut once, 1), ["error:Throttling.User"]);
    assert_eq!(apply(&mut once, 1), ["reset"]);
    assert!(apply(&mut once, 1).is_empty());
    let mut forever = faults(&["do=reset"]);
    assert!((0..5).all(|_| apply(&mut forever, 1) == ["reset"]));
    let mut again = faults(&["repeat=true do=reset,ok"]);
    let seen: Vec<_> = (0..4).map(|_| apply(&mut again, 1).len()).collect();
    assert_eq!(seen, [1, 0, 1, 0]);
}

#[test]
fn conditions_select_pages_and_calls_and_times_limits_them() {
    let mut faults = faults(&["page=2 do=reset", "nth=3 do=close", "times=1 do=latency:1ms"]);
    assert_eq!(apply(&mut faults, 1), ["latency:1ms"]);
    assert_eq!(apply(&mut faults, 2), ["reset"]);
    assert_eq!(apply(&mut faults, 1), ["close"]);
    assert!(apply(&mut faults, 1).is_empty());
}

#[test]
fn probability_is_seeded_and_close_to_that_of_the_rule() {
    let run = || {
        let mut faults = faults(&["probability=0.3 do=reset"]);
        (0..1000).map(|_| !apply(&mut faults, 1).is_empty()).collect::<Vec<_>>()
    };
    let first = run();
    assert_eq!(first, run());
    let hits = first.iter().filter(|hit| **hit).count();
    assert!((250..350).contains(&hits), "{hits}");
}

#[test]
fn random_latency_stays_within_its_bounds_and_has_its_median() {
    let uniform: Latency = "10ms..50ms".parse().unwrap();
    let lognormal: Latency = "lognormal:50ms/0.5".parse().unwrap();
    let mut drawn: Vec<_> = (0..1001).map(|n| lognormal.draw(repeatable::number(5, n))).collect();
    drawn.sort();
    assert!((45..55).contains(&drawn[500].as_millis()), "{:?}", drawn[500]);
    for n in 0..1000 {
        assert!((10..=50).contains(&uniform.draw(repeatable::number(5, n)).as_millis()));
    }
}
