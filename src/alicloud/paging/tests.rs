use super::*;

fn page(total_count: u64, ids: impl IntoIterator<Item = u64>) -> Page {
    let image = |id: u64| Image { image_id: format!("m-{id}").into(), ..Image::default() };
    Page { total_count, images: ids.into_iter().map(image).collect(), size: 0 }
}

fn begin(first: Page, alone: bool) -> PageSet {
    let pages = if alone { Pages::First(1) } else { Pages::All };
    PageSet::begin(first, pages).unwrap()
}

fn ids(images: &[Image]) -> Vec<&str> {
    images.iter().map(|image| &**image.image_id.raw()).collect()
}

#[test]
fn there_are_as_many_pages_as_hundreds_and_at_least_one() {
    for (total, pages) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (10_000, 100)] {
        assert_eq!(begin(page(total, 0..total.min(100)), false).pages(), pages, "{total}");
    }
}

#[test]
fn one_page_alone_is_complete_with_its_share() {
    let set = begin(page(250, 0..100), true);
    assert_eq!(set.pages(), 1);
    assert_eq!(set.complete().unwrap().len(), 100);
    assert!(begin(page(250, 0..99), true).complete().is_none());
    assert_eq!(begin(page(3, 0..3), true).complete().unwrap().len(), 3);
}

#[test]
fn order_of_the_api_is_kept() {
    let mut set = begin(page(102, (0..100).rev()), false);
    assert!(set.add(page(102, [500, 400])).unwrap());
    let images = set.complete().unwrap();
    assert_eq!(ids(&images)[..2], ["m-99", "m-98"]);
    assert_eq!(ids(&images)[100..], ["m-500", "m-400"]);
}

#[test]
fn a_changed_total_count_is_detected() {
    for moved in [100, 102] {
        let mut set = begin(page(101, 0..100), false);
        assert!(!set.add(page(moved, [100])).unwrap());
        assert!(set.complete().is_none());
    }
}

#[test]
fn a_duplicate_on_two_pages_makes_the_result_incomplete() {
    let mut set = begin(page(102, 0..100), false);
    assert!(set.add(page(102, [99, 100])).unwrap());
    assert_eq!((set.received(), set.total_count()), (101, 102));
    assert!(set.complete().is_none());
}

#[test]
fn a_page_without_new_images_stops_the_read() {
    for later in [page(300, 0..100), page(300, [])] {
        let mut set = begin(page(300, 0..100), false);
        assert!(!set.add(later).unwrap());
        assert!(set.complete().is_none());
    }
}

#[test]
fn an_image_listed_twice_within_one_page_is_dropped_and_counted() {
    let images = begin(page(3, [1, 1, 2]), false).complete().unwrap();
    assert_eq!(ids(&images), ["m-1", "m-2"]);
}

#[test]
fn images_without_id_are_all_kept() {
    let nameless =
        Page { total_count: 2, images: vec![Image::default(), Image::default()], size: 0 };
    assert_eq!(begin(nameless, false).complete().unwrap().len(), 2);
}

#[test]
fn a_count_other_than_total_count_is_not_complete() {
    assert!(begin(page(3, 0..2), false).complete().is_none());
    assert!(begin(page(3, 0..4), false).complete().is_none());
    assert!(begin(page(0, 0..1), false).complete().is_none());
    assert!(begin(page(0, []), false).complete().unwrap().is_empty());
}

#[test]
fn a_huge_total_count_with_an_empty_first_page_requests_no_more_pages() {
    assert_eq!(begin(page(u64::MAX, []), false).pages(), 1);
}

#[test]
fn repeated_images_without_id_stop_the_read() {
    let nameless = || Page { total_count: 1_000_000, images: vec![Image::default(); 100], size: 0 };
    let mut set = begin(nameless(), false);
    assert_eq!(set.pages(), 10_000);
    assert!(!set.add(nameless()).unwrap());
}

#[test]
fn images_that_exceed_the_memory_limit_are_an_error_with_the_count() {
    let half = |first: u64| Page { size: MAX_SIZE / 2, ..page(1_000, first..first + 100) };
    let mut set = begin(half(0), false);
    assert!(set.add(half(100)).unwrap());
    let error =
        set.add(Page { size: 1, ..page(1_000, 200..300) }).unwrap_err().cause(Some("R-1".into()));
    let Cause::TooManyImages { total_count, received, limit, request_id: Some(id) } = error else {
        panic!("{error:?}")
    };
    assert_eq!((total_count, received, limit, &*id), (1_000, 300, 512 << 20, "R-1"));
}

#[test]
fn the_first_images_need_only_the_pages_that_contain_them() {
    for (wanted, total, images) in [
        (0, 1_000, 100),
        (1, 1_000, 100),
        (100, 1_000, 100),
        (101, 1_000, 200),
        (101, 150, 150),
        (1, 0, 0),
        (u64::MAX, 1_000, 1_000),
    ] {
        assert_eq!(expected(total, Pages::First(wanted)), images, "{wanted} of {total}");
    }
    assert_eq!(expected(1_000, Pages::All), 1_000);
}
