//! The client of one configured provider: DescribeImages with all its pages.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use tracing::info;

use super::{
    DescribeImages, Listing, LookUp, Pages,
    call::{ApiCall, Caller},
    credentials::Credentials,
    decode::{self, Page},
    endpoint::{Endpoint, FindEndpoint, Unusable},
    error::{Cause, Error},
    paging::{PAGE_SIZE, ROUNDS, Reading},
    process::Process,
    retry,
    share::{Key, Part, Share},
    sign::Scheme,
    story::Story,
};
use crate::ctx::Ctx;

/// The API version of ECS.
const VERSION: &str = "2014-05-26";

/// How many pages of one look-up are on their way or waiting for their turn. What is really under
/// way at once is up to the throttle; this keeps an absurd `TotalCount` from costing memory.
const PAGES_AHEAD: usize = 32;

/// What a client is made of.
#[derive(Clone)]
pub struct ClientConfig {
    /// The region that is asked where a look-up names none.
    pub region: String,
    /// Finds where calls go.
    pub endpoint: Arc<dyn FindEndpoint>,
    /// The signature scheme.
    pub scheme: Scheme,
    /// Where the keys to sign with come from.
    pub credentials: Arc<dyn Credentials>,
    /// The user agent.
    pub user_agent: String,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long to wait for more bytes of an answer.
    pub read_timeout: Duration,
    /// Caps the time of every look-up.
    pub max_retry_timeout: Option<Duration>,
    /// Parameters that every call carries, such as `SourceIp` and `SecureTransport`.
    pub extra_parameters: Vec<(String, String)>,
}

/// One endpoint for all regions.
impl FindEndpoint for Endpoint {
    fn find<'a>(&'a self, _region: &'a str) -> BoxFuture<'a, Result<Endpoint, Unusable>> {
        std::future::ready(Ok(self.clone())).boxed()
    }
}

/// Lists images. Made anew for each configuration of the provider, so no result outlives one.
pub struct Client {
    reader: Arc<Reader>,
    region: String,
    max_retry_timeout: Option<Duration>,
    share: Share,
    stopped: watch::Sender<bool>,
}

/// What reads pages, apart from sharing and stopping.
struct Reader {
    caller: Caller,
    endpoint: Arc<dyn FindEndpoint>,
    extra_parameters: Vec<(String, String)>,
}

impl Client {
    /// A client that has not touched anything yet: keys, endpoint and connections come with the
    /// first lookup. Clients of one process take the same `process`.
    pub fn new(ctx: Ctx, config: ClientConfig, process: &Process) -> Self {
        let caller = Caller::new(
            ctx,
            process.clone(),
            config.scheme,
            config.credentials,
            config.user_agent,
            config.connect_timeout,
            config.read_timeout,
        );
        let reader =
            Reader { caller, endpoint: config.endpoint, extra_parameters: config.extra_parameters };
        Self {
            reader: Arc::new(reader),
            region: config.region,
            max_retry_timeout: config.max_retry_timeout,
            share: Share::default(),
            stopped: watch::Sender::new(false),
        }
    }

    /// Ends every look-up, under way or to come, with [`Cause::Cancelled`]. Returns at once.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    async fn look_up(&self, look_up: LookUp) -> Result<Arc<Listing>, Error> {
        let begin = Instant::now();
        // A time beyond what a clock can tell is no limit.
        let capped = self.max_retry_timeout.and_then(|most| begin.checked_add(most));
        let deadline = capped.map_or(look_up.deadline, |capped| capped.min(look_up.deadline));
        let mut parameters = look_up.parameters;
        parameters.sort();
        let region = look_up.region.unwrap_or_else(|| self.region.clone());
        let key = Key { region, parameters, pages: look_up.pages };
        loop {
            let part = self.share.join(&key, || {
                let story = Arc::new(Story::begin("DescribeImages", key.region.clone(), deadline));
                let work = self.reader.clone().read(key.clone(), story.clone());
                (story, work.boxed())
            });
            let (work, story, begun) = match part {
                Part::Done(listing) => return Ok(listing),
                Part::UnderWay { work, story, begun } => (work, story, begun),
            };
            let mut stopped = self.stopped.subscribe();
            let result = tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => return Err(story.fail(Cause::Cancelled)),
                result = timeout_at(deadline, work) => result,
            };
            match result {
                // The work had less time than this look-up has: it is begun anew.
                Ok(Err(Error { cause: Cause::Deadline { .. }, .. }))
                    if !begun && Instant::now() < deadline => {}
                Ok(result) => return result,
                Err(_) => return Err(story.fail(story.out_of_time(deadline.duration_since(begin)))),
            }
        }
    }
}

impl DescribeImages for Client {
    fn describe_images(&self, look_up: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>> {
        self.look_up(look_up).boxed()
    }
}

impl Reader {
    async fn read(self: Arc<Self>, key: Key, story: Arc<Story>) -> Result<Arc<Listing>, Error> {
        let result = self.read_all(&key, &story).await.map_err(|cause| story.fail(cause));
        log_look_up(&key, &story, result.as_ref());
        result.map(Arc::new)
    }

    async fn read_all(&self, key: &Key, story: &Story) -> Result<Listing, Cause> {
        let endpoint = timeout_at(story.deadline(), self.endpoint.find(&key.region)).await;
        let endpoint = endpoint
            .map_err(|_| story.out_of_time(story.limit()))?
            .map_err(|Unusable { origin, reason }| Cause::Endpoint { source: origin, reason })?;
        let mut rounds = 0;
        loop {
            rounds += 1;
            let reading = self.read_round(key, &endpoint, story).await?;
            let (total_count, received) = (reading.total_count(), reading.received());
            if let Some(images) = reading.complete() {
                let (region, calls) = (key.region.clone(), story.tries());
                return Ok(Listing { images, total_count, region, calls });
            }
            let wait = retry::settle(rounds, self.caller.ctx.entropy.fraction());
            if rounds == ROUNDS || Instant::now() + wait >= story.deadline() {
                return Err(Cause::Inconsistent { total_count, received, rounds });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Reads page 1, then the others side by side.
    async fn read_round(
        &self,
        key: &Key,
        endpoint: &Endpoint,
        story: &Story,
    ) -> Result<Reading, Cause> {
        let first = self.read_page(key, endpoint, story, 1).await?;
        let mut reading = Reading::begin(first, key.pages == Pages::First);
        let mut pages = stream::iter(2..=reading.pages())
            .map(|number| self.read_page(key, endpoint, story, number))
            .buffered(PAGES_AHEAD);
        while let Some(page) = pages.next().await {
            if !reading.add(page?) {
                break;
            }
        }
        Ok(reading)
    }

    async fn read_page(
        &self,
        key: &Key,
        endpoint: &Endpoint,
        story: &Story,
        number: u64,
    ) -> Result<Page, Cause> {
        let mut parameters = vec![
            ("RegionId".to_owned(), key.region.clone()),
            ("PageNumber".to_owned(), number.to_string()),
            ("PageSize".to_owned(), PAGE_SIZE.to_string()),
        ];
        parameters.extend(key.parameters.iter().chain(&self.extra_parameters).cloned());
        let call = ApiCall { version: VERSION, endpoint, parameters: &parameters, page: number };
        self.caller.call(call, story, decode::read_page).await
    }
}

fn log_look_up(key: &Key, story: &Story, result: Result<&Listing, &Error>) {
    let images = result.map_or(0, |listing| listing.images.len());
    let pages = result.map_or(0, |listing| match key.pages {
        Pages::All => listing.total_count.div_ceil(PAGE_SIZE).max(1),
        Pages::First => 1,
    });
    info!(
        region = key.region,
        images,
        pages,
        calls = story.tries(),
        elapsed_ms = story.elapsed().as_millis() as u64,
        "{}",
        if result.is_ok() { "images listed" } else { "images not listed" }
    );
}
