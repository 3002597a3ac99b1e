use super::*;

fn failure(text: &str) -> String {
    parse("images.json", None, text).unwrap_err().to_string()
}

#[test]
fn a_saved_answer_loads_as_it_is_and_keeps_what_is_not_known() {
    let text = r#"{"RequestId": "X", "RegionId": "cn-beijing", "TotalCount": 1,
        "Images": {"Image": [{"ImageId": "m-1", "Size": "40", "New": {"a": 1.50}}]}}"#;
    let images = parse("images.json", None, text).unwrap().images;
    let image = &images["cn-beijing"][0];
    assert_eq!(&*image.json, r#"{"ImageId":"m-1","New":{"a":1.50},"Size":"40"}"#);
}

#[test]
fn lists_and_regions_load_too_and_the_given_region_wins() {
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

#[test]
fn byte_order_marks_and_utf_16_are_read() {
    let text = r#"[{"ImageId": "m-镜像"}]"#;
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().flat_map(bytes);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        utf16(b"\xff\xfe", u16::to_le_bytes),
        utf16(b"\xfe\xff", u16::to_be_bytes),
    ] {
        assert_eq!(decode(bytes).unwrap(), text);
    }
    assert!(decode(b"\xff\xfe\x00\xd8".to_vec()).unwrap_err().contains("UTF-16"));
    assert!(decode(b"\xff".to_vec()).unwrap_err().contains("UTF-8"));
}

#[test]
fn a_page_of_several_is_noticed_and_pages_add_up() {
    let page = |ids: &[u32]| {
        let images: Vec<_> = ids.iter().map(|id| format!(r#"{{"ImageId": "m-{id}"}}"#)).collect();
        format!(
            r#"{{"RegionId": "cn-beijing", "TotalCount": 3, "Images": {{"Image": [{}]}}}}"#,
            images.join(",")
        )
    };
    let check = |texts: &[String]| {
        let mut pages = SavedPages::default();
        for (text, name) in texts.iter().zip(["1.json", "2.json"]) {
            pages.add(name, &parse(name, None, text).unwrap());
        }
        pages.check()
    };
    let error = check(&[page(&[1, 2])]).unwrap_err().to_string();
    assert!(error.starts_with("1.json: has 2 of 3 images of cn-beijing"), "{error}");
    assert!(
        error.contains("alicloud-images --region cn-beijing --format api owners= > FILE"),
        "{error}"
    );
    assert!(check(&[page(&[1, 2]), page(&[2, 3])]).is_ok());
    assert!(check(&[page(&[1]), page(&[1])]).is_err());
    assert!(check(&[r#"[{"ImageId": "m-1"}]"#.into()]).is_ok());
}
