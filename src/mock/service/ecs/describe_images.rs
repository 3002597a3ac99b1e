//! DescribeImages: the matching images of a region, newest first, one page at a time. Source of every rule about a
//! parameter: ECS API, DescribeImages, request parameters and error codes; for what those leave open,
//! `docs/mock-ecs-reference.md` describes the choice.

use std::{fmt::Write, str::FromStr};

use crate::mock::{
    catalog::{
        Hits,
        filter::{Architecture, Filter, Owner, Status, Traits, seconds},
        instance_types::InstanceType,
    },
    fault::Effects,
    message::{Page, Refusal, Request},
    service::{Exchange, unknown_region},
};

/// Responds to the call.
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

/// Creates images that match the search, or deletes the newest ones that it found.
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
        catalog.insert_copies(region, &image, count);
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
        serde_json::to_string(region).unwrap_or_default(),
    );
    json
}

/// What a call of DescribeImages searches for.
pub(crate) struct Query {
    pub(crate) filter: Filter,
    pub(crate) page: Page,
    pub(crate) dry_run: bool,
}

impl Query {
    pub(crate) fn parse(request: &Request) -> Result<Self, Refusal> {
        if request.parameter("OwnerId").is_some() && request.parameter("OwnerAccount").is_some() {
            return Err(Refusal::known("InvalidOwner"));
        }
        let page = request.page(10)?;
        let mut filter = Filter { tags: request.tags()?, ..Filter::default() };
        read_owner(request, &mut filter)?;
        read_status(request, &mut filter)?;
        read_words(request, &mut filter)?;
        read_instance_type(request, &mut filter)?;
        read_texts(request, &mut filter)?;
        read_filters(request, &mut filter)?;
        request.boolean("ShowExpired")?;
        let dry_run = request.boolean("DryRun")?.unwrap_or(false);
        Ok(Self { filter, page, dry_run })
    }
}

fn read_owner(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    filter.owner = word(request, "ImageOwnerAlias", || {
        Refusal::known("InvalidImageOwnerAlias.ValueNotSupported")
    })?;
    filter.community = request.boolean("IsPublic")?.unwrap_or(false);
    if filter.community && filter.owner != Some(Owner::Others) {
        return Err(Refusal::known("InvalidImageOwnerAlias.PublicImageUnsupported"));
    }
    if let Some(id) = request.parameter("ImageOwnerId") {
        if filter.owner.is_some_and(|owner| owner != Owner::Others) {
            return Err(Refusal::known("InvalidOperation.ImageOwnerIdUnsupported"));
        }
        let id = id.parse().map_err(|_| Refusal::invalid_parameter("ImageOwnerId"))?;
        filter.owner_id = Some(id);
    }
    Ok(())
}

fn read_status(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    let usable = request.boolean("Usable")?;
    let Some(list) = request.parameter("Status") else {
        if usable.is_some() {
            return Err(Refusal::missing_parameter("Status"));
        }
        filter.statuses = vec![Status::Available];
        return Ok(());
    };
    if !list.trim().eq_ignore_ascii_case("ALL") {
        let status =
            |text: &str| text.trim().parse().map_err(|()| Refusal::invalid_parameter("Status"));
        filter.statuses = list.split(',').map(status).collect::<Result<_, _>>()?;
    }
    if usable == Some(true) {
        filter.with |= Traits::USABLE;
    }
    Ok(())
}

fn read_words(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    filter.architecture = word(request, "Architecture", || Refusal::known("InvalidArchitecture"))?;
    filter.windows = choice(request, "OSType", ["linux", "windows"], "InvalidOSType")?;
    filter.used = choice(request, "Usage", ["none", "instance"], "InvalidUsage")?;
    for (name, flag) in
        [("IsSupportCloudinit", Traits::CLOUD_INIT), ("IsSupportIoOptimized", Traits::IO_OPTIMIZED)]
    {
        match request.boolean(name)? {
            Some(true) => filter.with |= flag,
            Some(false) => filter.without |= flag,
            None => {}
        }
    }
    match request.parameter("ActionType") {
        // The official provider sends CreateOS.
        None | Some("*" | "ChangeOS" | "CreateEcs" | "CreateOS") => Ok(()),
        Some(_) => Err(Refusal::invalid_parameter("ActionType")),
    }
}

/// Reads one of a closed list of words.
fn word<T: FromStr>(
    request: &Request,
    name: &str,
    refusal: impl Fn() -> Refusal,
) -> Result<Option<T>, Refusal> {
    request.parameter(name).map(|text| text.parse().map_err(|_| refusal())).transpose()
}

/// Reads one of two words; `true` stands for the second one.
fn choice(
    request: &Request,
    name: &str,
    [no, yes]: [&str; 2],
    code: &str,
) -> Result<Option<bool>, Refusal> {
    match request.parameter(name) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case(yes) => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case(no) => Ok(Some(false)),
        Some(_) => Err(Refusal::known(code)),
    }
}

fn read_instance_type(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    let Some(name) = request.parameter("InstanceType") else { return Ok(()) };
    let instance_type = InstanceType::parse(name)
        .ok_or_else(|| Refusal::known("InvalidInstanceType.ValueNotSupported"))?;
    if instance_type.architecture() == Architecture::Arm64 {
        filter.runs_on = vec![Architecture::Arm64];
    } else {
        filter.runs_on = vec![Architecture::I386, Architecture::X86_64];
        filter.with |= Traits::IO_OPTIMIZED;
    }
    Ok(())
}

fn read_texts(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    let text = |name: &str| request.parameter(name).map(str::to_owned);
    if let Some(ids) = request.parameter("ImageId") {
        let ids: Vec<_> = ids.split(',').map(|id| id.trim().to_owned()).collect();
        if ids.len() > 100 {
            return Err(Refusal::invalid_parameter("ImageId"));
        }
        filter.ids = ids;
    }
    filter.name = text("ImageName");
    filter.family = text("ImageFamily");
    filter.resource_group = text("ResourceGroupId");
    filter.snapshot = text("SnapshotId");
    Ok(())
}

/// Reads `Filter.N.Key` and `Filter.N.Value`.
fn read_filters(request: &Request, filter: &mut Filter) -> Result<(), Refusal> {
    for (key, value) in request.pairs("Filter").into_values() {
        let key = key.ok_or_else(|| Refusal::known("InvalidFilterKey.NotFound"))?;
        let value = value.unwrap_or_default();
        let wrong = || Refusal::known("InvalidFilterValue");
        match key {
            "CreationStartTime" => filter.created_from = Some(seconds(value).ok_or_else(wrong)?),
            "CreationEndTime" => filter.created_to = Some(seconds(value).ok_or_else(wrong)?),
            "NetworkType" if value == "vpc" || value == "classic" => {}
            "NetworkType" => return Err(Refusal::known("InvalidFilterValue.NetworkType")),
            _ => {
                let flag =
                    feature(key).ok_or_else(|| Refusal::known("InvalidFilterKey.NotFound"))?;
                match value {
                    "supported" => filter.with |= flag,
                    "unsupported" => filter.without |= flag,
                    _ => return Err(wrong()),
                }
            }
        }
    }
    Ok(())
}

fn feature(key: &str) -> Option<u16> {
    Some(match key {
        "CpuOnlineDowngrade" => Traits::CPU_DOWNGRADE,
        "CpuOnlineUpgrade" => Traits::CPU_UPGRADE,
        "MemoryOnlineDowngrade" => Traits::MEMORY_DOWNGRADE,
        "MemoryOnlineUpgrade" => Traits::MEMORY_UPGRADE,
        _ => return None,
    })
}
