use super::*;

fn failure(text: &str) -> String {
    parse("images.json", None, text).unwrap_err().to_string()
}

#[test]
fn a_saved_response_loads_and_keeps_unknown_members() {
    let text = r#"{"RequestId": "X", "RegionId": "cn-beijing", "TotalCount": 1,
        "Images": {"Image": [{"ImageId": "m-1", "Size": "40", "New": {"a": 1.50}}]}}"#;
    let images = parse("images.json", None, text).unwrap().images;
    let image = &images["cn-beijing"][0];
    assert_eq!(&*image.json, r#"{"ImageId":"m-1","New":{"a":1.50},"Size":"40"}"#);
}

#[test]
fn lists_and_regions_load_too_and_the_given_region_takes_precedence() {
    let by_region = r#"{"Regions": {"eu-west-1": [{"ImageId": "m-1"}],
        "cn-beijing": {"Images": {"Image": [{"ImageId": "m-1"}]}}}}"#;
    let images = parse("images.json", None, by_region).unwrap().images;
    assert_eq!(images.keys().collect::<Vec<_>>(), ["cn-beijing", "eu-west-1"]);
    let list = parse("images.json", Some("cn-wuhan-lr"), r#"[{"ImageId": "m-1"}]"#).unwrap().images;
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
            "images.json:2: [1].ImageId: there is a second image m-1 in cn-hangzhou; the service lists an image twice when images are added between two pages: save it again, or remove one",
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
            "images.json:1: must be a DescribeImages response, a list of images, or an object Regions of these",
        ),
    ] {
        assert_eq!(failure(text), expected);
    }
}

/// A page of a list of `total` images of cn-beijing.
fn page(total: u64, ids: std::ops::RangeInclusive<u32>) -> String {
    let images: Vec<_> = ids.map(|id| format!(r#"{{"ImageId": "m-{id}"}}"#)).collect();
    format!(
        r#"{{"RegionId": "cn-beijing", "TotalCount": {total}, "Images": {{"Image": [{}]}}}}"#,
        images.join(",")
    )
}

/// The error for files, each with the account whose view it is; empty if there is none.
fn incomplete(files: &[(u64, String)]) -> String {
    let mut pages = SavedPages::default();
    for ((viewer, text), name) in files.iter().zip(["1.json", "2.json", "3.json"]) {
        pages.add(name, *viewer, &mut parse(name, None, text).unwrap());
    }
    pages.check().err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_missing_page_is_detected_and_pages_are_combined() {
    let error = incomplete(&[(1, page(3, 1..=2))]);
    assert!(error.starts_with("1.json: has 2 of 3 images of cn-beijing"), "{error}");
    assert!(
        error.contains("alicloud-images --region cn-beijing --format api owners= > FILE"),
        "{error}"
    );
    assert_eq!(incomplete(&[(1, page(3, 1..=2)), (1, page(3, 2..=3))]), "");
    assert_ne!(incomplete(&[(1, page(3, 1..=1)), (1, page(3, 1..=1))]), "");
    assert_eq!(incomplete(&[(1, r#"[{"ImageId": "m-1"}]"#.into())]), "");
}

#[test]
fn pages_of_another_list_do_not_conceal_missing_pages() {
    let whole = page(250, 1..=250);
    let error = incomplete(&[(1, whole.clone()), (1, page(110, 301..=310))]);
    assert!(error.starts_with("2.json: has 10 of 110 images"), "{error}");
    let plain = r#"[{"ImageId": "m-1"}, {"ImageId": "m-2"}, {"ImageId": "m-3"}]"#;
    let error = incomplete(&[(1, plain.into()), (1, page(4, 4..=4))]);
    assert!(error.starts_with("2.json: has 1 of 4 images"), "{error}");
    let error = incomplete(&[(1, page(4, 1..=2)), (2, page(4, 3..=4))]);
    assert!(error.starts_with("1.json: has 2 of 4 images"), "{error}");
    assert_eq!(incomplete(&[(1, whole.clone()), (1, page(2, 301..=302)), (2, whole)]), "");
}

#[test]
fn a_page_after_the_last_one_is_detected() {
    #[expect(clippy::reversed_empty_ranges, reason = "no image")]
    let error = incomplete(&[(1, page(110, 1..=0))]);
    assert!(error.starts_with("1.json: has 0 of 110 images"), "{error}");
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let files = crate::ctx::fixed::FixedFiles::default();
    files.insert("images.json", b"\xff");
    let error = read(Path::new("images.json"), &files).unwrap_err().to_string();
    assert!(error.contains("images.json:1: is neither UTF-8 nor UTF-16"), "{error}");
}
