//! DescribeImages: the images of a region that fit, newest first, a page at a time.

use std::fmt::Write;

use super::query::Query;
use crate::mock::{
    catalog::Hits,
    fault::Effects,
    message::Refusal,
    service::exchange::{Exchange, unknown_region},
};

/// Answers the call.
pub(crate) fn describe_images(
    effects: &Effects,
    exchange: &Exchange<'_>,
) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let query = Query::parse(exchange.request)?;
    if query.dry_run {
        return Err(Refusal::known("DryRunOperation"));
    }
    let gone = || unknown_region(region);
    let account = exchange.account();
    let find = || exchange.backend.catalog().find(region, account, &query.filter);
    let mut hits = find().ok_or_else(gone)?;
    if effects.catalog != 0 {
        change_catalog(&hits, effects.catalog, region, exchange);
        hits = find().ok_or_else(gone)?;
    }
    let page = if effects.same_page { 1 } else { query.page.number };
    Ok(write_page(&hits, page, &query, region, effects, exchange.request_id))
}

/// Creates images that the search finds, or deletes the newest ones that it found.
fn change_catalog(hits: &Hits, by: i64, region: &str, exchange: &Exchange<'_>) {
    let mut catalog = exchange.backend.catalog();
    let count = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX).min(1_000);
    if by < 0 {
        let newest = hits.positions.iter().take(count);
        let newest: Vec<_> =
            newest.filter_map(|at| Some(hits.listing.stored(at)?.id.clone())).collect();
        catalog.remove(region, &newest);
        return;
    }
    let newest = hits.positions.iter().next().and_then(|at| hits.listing.stored(at));
    if let Some(image) = newest {
        catalog.insert_copies(region, &image, count as u64);
    }
}

fn write_page(
    hits: &Hits,
    page: u64,
    query: &Query,
    region: &str,
    effects: &Effects,
    request_id: &str,
) -> String {
    let found = hits.positions.len() as u64;
    let total = effects.total.map_or(found, |total| total.instead_of(found));
    let first = usize::try_from((page - 1).saturating_mul(query.page.size)).unwrap_or(usize::MAX);
    let size = usize::try_from(query.page.size).unwrap_or(usize::MAX);
    let mut json = String::with_capacity(256 + hits.positions.len().min(size) * 1_300);
    json.push_str("{\"Images\":{\"Image\":[");
    for (n, at) in hits.positions.skip(first).take(size).enumerate() {
        if n > 0 {
            json.push(',');
        }
        hits.listing.append_json(at, &mut json);
    }
    // Writing to a String does not fail.
    let _ = write!(
        json,
        "]}},\"PageNumber\":{},\"PageSize\":{},\"RegionId\":{},\"RequestId\":\"{request_id}\",\"TotalCount\":{total}}}",
        query.page.number,
        query.page.size,
        serde_json::Value::from(region),
    );
    json
}
