//! How pages are read, and what happens with inconsistent lists.

use super::*;

#[tokio::test(start_paused = true)]
async fn there_is_one_call_per_hundred_images() {
    for (total, calls) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3), (10_000, 100)] {
        let service = Service::new(total, |_, _| Act::Slow(Duration::from_millis(50)));
        let listing = list(&client(&service)).await.unwrap();
        assert_eq!((listing.images.len() as u64, service.calls()), (total, calls), "{total}");
        assert!(
            listing
                .images
                .iter()
                .zip(0..)
                .all(|(image, id)| **image.image_id.raw() == *format!("m-{id}"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_images_take_two_round_trips() {
    let service = Service::new(1_000, |_, _| Act::Slow(Duration::from_millis(50)));
    let begun = Instant::now();
    list(&client(&service)).await.unwrap();
    assert!(begun.elapsed() <= Duration::from_millis(105), "{:?}", begun.elapsed());
    assert_eq!(service.most_under_way.load(Ordering::Relaxed), 9);
}

#[tokio::test(start_paused = true)]
async fn only_the_first_page_is_read_if_it_suffices() {
    let service = Service::new(450, |_, _| Act::Page);
    let listing = client(&service).describe_images(look_up(Pages::First(1))).await.unwrap();
    assert_eq!((listing.images.len(), listing.total_count, service.calls()), (100, 450, 1));
}

#[tokio::test(start_paused = true)]
async fn no_page_is_read_after_all_requested_images_are_found() {
    for (images, calls) in [(1, 1), (100, 1), (150, 2), (200, 2), (201, 3), (100_000, 5)] {
        let service = Service::new(450, |_, _| Act::Page);
        let listing = client(&service).describe_images(look_up(Pages::First(images))).await;
        let found = listing.unwrap().images.len();
        assert_eq!((found, service.calls()), (450.min(calls * 100), calls), "{images}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_total_count_is_an_error_after_three_attempts() {
    for (claimed, calls) in [(451, 15), (600, 18), (449, 15), (0, 3), (50, 3)] {
        let service = Service::new(450, move |page, _| {
            let mut body = body(page, 450);
            body["TotalCount"] = claimed.into();
            Act::Answer(answer(200, body.to_string()))
        });
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        assert!(
            matches!(error.cause, Cause::Inconsistent { total_count, rounds: 3, .. } if total_count == claimed),
            "{error:?}"
        );
        assert_eq!(service.calls(), calls, "{claimed}");
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_count_that_is_far_too_large_costs_few_calls() {
    let service = Service::new(100, move |page, _| {
        let mut body = body(page, 1_000_000);
        if page > 1 {
            body["Images"]["Image"] = json!([]);
        }
        Act::Answer(answer(200, body.to_string()))
    });
    let error = list(&client(&service)).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Inconsistent { .. }), "{error:?}");
    assert!(service.calls() < 150, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn a_repeated_page_is_not_progress() {
    let service = Service::new(1_000, |page, _| {
        Act::Answer(answer(200, repeated(page, 1, 1_000).to_string()))
    });
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Inconsistent { total_count, received, rounds, .. } = error.cause else {
        panic!("{error:?}")
    };
    assert_eq!((total_count, received, rounds), (1_000, 100, 3));
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_changes_once_is_read_again() {
    let service = Service::new(450, |page, before| {
        let total = if page == 3 && before == 0 { 451 } else { 450 };
        Act::Answer(answer(200, body(page, total).to_string()))
    });
    let listing = list(&client(&service)).await.unwrap();
    // The first attempt to read the list ends with page 3.
    assert_eq!((listing.images.len(), service.calls()), (450, 3 + 5));
}

#[tokio::test(start_paused = true)]
async fn pages_are_not_read_again_past_the_deadline() {
    let service =
        Service::new(450, |page, _| Act::Answer(answer(200, repeated(page, 2, 450).to_string())));
    let mut look_up = look_up(Pages::All);
    look_up.deadline = Instant::now() + Duration::from_millis(100);
    let error = client(&service).describe_images(look_up).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Inconsistent { rounds: 1, .. }), "{error:?}");
}
