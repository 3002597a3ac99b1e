use super::*;

fn failure(text: &str) -> String {
    parse("images.json", None, text).unwrap_err().to_string()
}

#[test]
fn a_saved_answer_loads_as_it_is_and_keeps_what_is_not_known() {
    let text = r#"{"RequestId": "X", "RegionId": "cn-beijing", "TotalCount": 1,
        "Images": {"Image": [{"ImageId": "m-1", "Size": "40", "New": {"a": 1.50}}]}}"#;
    let images = parse("images.json", None, text).unwrap();
    let image = &images["cn-beijing"][0];
    assert_eq!(&*image.json, r#"{"ImageId":"m-1","New":{"a":1.50},"Size":"40"}"#);
}

#[test]
fn lists_and_regions_load_too_and_the_given_region_wins() {
    let by_region = r#"{"Regions": {"eu-west-1": [{"ImageId": "m-1"}],
        "cn-beijing": {"Images": {"Image": [{"ImageId": "m-1"}]}}}}"#;
    let images = parse("images.json", None, by_region).unwrap();
    assert_eq!(images.keys().collect::<Vec<_>>(), ["cn-beijing", "eu-west-1"]);
    let list = parse("images.json", Some("cn-wuhan-lr"), r#"[{"ImageId": "m-1"}]"#).unwrap();
    assert_eq!(list.keys().collect::<Vec<_>>(), ["cn-wuhan-lr"]);
}

#[test]
fn broken_fixtures_are_refused_with_line_and_field() {
    for (text, expected) in [
        (
            "[\n {\"ImageId\": \"m-1\"},\n {\"ImageId\": \"m-2\",\n  \"Size\": \"big\"}\n]",
            "images.json:4: [1].Size: must be a whole number, is \"big\"",
        ),
        ("[{\n\"ImageName\": \"a\"}]", "images.json:1: [0].ImageId: every image needs an ID"),
        (
            "{\"Images\":\n{\"Image\": [{\"ImageId\": \"m-1\",\n\n\"Status\": \"Gone\"}]}}",
            "images.json:4: Images.Image[0].Status: \"Gone\" is not one of its values",
        ),
        (
            "[{\"ImageId\": \"m-1\"},\n{\"ImageId\": \"m-1\"}]",
            "images.json:2: [1].ImageId: there is a second image m-1 in cn-hangzhou",
        ),
        (
            "[{\"ImageId\": \"m-1\",\n\"CreationTime\": \"yesterday\"}]",
            "images.json:2: [0].CreationTime: \"yesterday\" is not of the form yyyy-MM-ddTHH:mm:ssZ",
        ),
        (
            "[{\"ImageId\": \"m-1\",\n\"Tags\": {\"Tag\": [1]}}]",
            "images.json:2: [0].Tags: must be an object with a list Tag of objects, is {\"Tag\":[1]}",
        ),
        ("[\n{\"ImageId\" \"m-1\"}]", "images.json:2: expected `:`"),
        (
            "{\n\"Image\": []}",
            "images.json:1: must be an answer with Images.Image, a list of images, or an object Regions of these",
        ),
    ] {
        assert_eq!(failure(text), expected);
    }
}
