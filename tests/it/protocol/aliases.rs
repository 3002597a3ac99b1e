//! Several configurations of the provider in one process.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::{
    host::{Debugged, MockProcess},
    support::client::{Client, Line, Schemas},
};

/// How many times both aliases are configured and used for a read.
const RUNS: usize = 1_000;

/// A region and the access key with which it is read.
const ALIASES: [(&str, &str); 2] =
    [("cn-hangzhou", "mock-access-key"), ("eu-central-1", "second-access-key")];

/// Configures a new connection for one alias.
async fn configured(
    line: &Line,
    schemas: &Arc<Schemas>,
    (region, access_key): (&str, &str),
) -> Client {
    let client = Client::connect(line, None).await.unwrap();
    let mut client = client.knowing(Arc::clone(schemas));
    let block =
        json!({ "region": region, "access_key": access_key, "secret_key": "mock-secret-key" });
    assert_eq!(client.configure(&block).await.unwrap(), []);
    client
}

async fn schemas(line: &Line) -> Arc<Schemas> {
    Client::connect(line, None).await.unwrap().schemas().await.unwrap()
}

/// Reads an image by a unique name, so that the journal shows which alias called which region.
async fn read(client: &mut Client, name: &str) -> Json {
    let query = json!({ "owners": "system", "image_name": name });
    let read = client.read("alicloud_images", &query).await.unwrap();
    assert!(!read.failed(), "{:?}", read.diagnostics);
    read.json().unwrap()
}

#[tokio::test]
async fn two_aliases_in_one_process_keep_their_own_region_and_identity() {
    let folder = tempfile::tempdir().unwrap();
    let mock = MockProcess::start(&[
        "--journal",
        "2000",
        "--account",
        "name=second,access-key=second-access-key,secret-key=mock-secret-key",
    ])
    .await;
    let plugin = Debugged::start(&folder, &mock.url).await;
    let schemas = schemas(&plugin.line).await;
    for run in 0..RUNS {
        // The second alias is configured between the configuration and the read of the first.
        let mut first = configured(&plugin.line, &schemas, ALIASES[0]).await;
        let mut second = configured(&plugin.line, &schemas, ALIASES[1]).await;
        let names = [format!("first-{run}"), format!("second-{run}")];
        let (first, second) =
            tokio::join!(read(&mut first, &names[0]), read(&mut second, &names[1]));
        assert_eq!([&first["region"], &second["region"]], [ALIASES[0].0, ALIASES[1].0], "{run}");
    }

    let journal = mock.get("/_mock/journal?action=DescribeImages&limit=3000").await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2 * RUNS);
    for entry in entries {
        let parameters = entry["parameters"].to_string();
        let (region, access_key) = ALIASES[usize::from(parameters.contains("second-"))];
        assert_eq!([&entry["region"], &entry["access_key"]], [region, access_key], "{entry}");
    }
}

#[tokio::test]
async fn a_read_without_configure_explains_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = Debugged::start(&folder, "http://127.0.0.1:1").await;
    let schemas = schemas(&plugin.line).await;
    let _other = configured(&plugin.line, &schemas, ALIASES[0]).await;
    let mut client = Client::connect(&plugin.line, None).await.unwrap();
    let read = client.read("alicloud_images", &json!({ "owners": "system" })).await.unwrap();
    let [error] = &*read.diagnostics else { panic!("{:?}", read.diagnostics) };
    assert_eq!(error.summary, "The provider is not configured");
    assert!(error.detail.contains("must call ConfigureProvider"), "{error}");
}
