//! The behavior of the calls, with both protocol versions.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value as Json, json};
use terraform_provider_alicloud::{
    value::{Kind, Value},
    wire::DynamicValue,
};
use tokio::time::timeout;

use super::{fake::TYPE, server::Served};
use crate::support::client::{
    Client, Diagnostic,
    proto::{tfplugin5, tfplugin6},
};

/// Both versions, each with a server and a client.
async fn both() -> [(Served, Client); 2] {
    let (five, six) = (Served::start("5").await, Served::start("5,6").await);
    let clients = (five.connect().await, six.connect().await);
    assert_eq!((clients.0.protocol(), clients.1.protocol()), (5, 6));
    [(five, clients.0), (six, clients.1)]
}

fn diagnostic(error: bool, summary: &str, detail: &str, attribute: &str) -> Diagnostic {
    let [summary, detail, attribute] = [summary, detail, attribute].map(str::to_owned);
    Diagnostic { error, summary, detail, attribute }
}

#[tokio::test]
async fn a_read_returns_the_arguments_and_the_result() {
    for (_served, mut client) in both().await {
        let config = json!({ "filter": [{ "name": "é" }] });
        let read = client.read(TYPE, &config).await.unwrap();
        let expected = json!({
            "mode": null,
            "old_mode": null,
            "filter": [{ "name": "é" }],
            "things": [{ "name": "thing".repeat(16), "size": 0 }],
        });
        assert_eq!(read.json().unwrap(), expected);
        assert_eq!(read.diagnostics, []);
    }
}

#[tokio::test]
async fn blocks_that_are_left_out_are_empty() {
    for (_served, mut client) in both().await {
        let read = client.read(TYPE, &json!({})).await.unwrap();
        assert_eq!(read.json().unwrap()["filter"], json!([]));
    }
}

#[tokio::test]
async fn a_block_in_json_is_read_as_well() {
    for (_served, mut client) in both().await {
        let kind = client.schemas().await.unwrap().data_source(TYPE).unwrap().kind();
        let config = br#"{"mode":"2","old_mode":null,"things":null,"filter":[]}"#.as_slice();
        let config = DynamicValue { json: config.into(), ..DynamicValue::default() };
        let read = client.read_encoded(TYPE, config, &kind, false).await.unwrap();
        assert_eq!(read.json().unwrap()["things"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test]
async fn diagnostics_arrive_with_their_path() {
    for (_served, mut client) in both().await {
        let bad = diagnostic(true, "Bad", "It is bad.", "region");
        let odd = diagnostic(false, "Odd", "It is odd.", "region");
        let old = diagnostic(false, "Argument is deprecated", "Use another.", "region");
        let region = |word: &str| json!({ "region": word });
        assert_eq!(
            client.validate_provider(&region("bad")).await.unwrap(),
            [bad.clone(), old.clone()]
        );
        assert_eq!(client.validate_provider(&region("odd")).await.unwrap(), [odd, old]);
        assert_eq!(client.validate_provider(&json!({})).await.unwrap(), []);
        assert_eq!(client.configure(&region("bad")).await.unwrap(), [bad]);
        assert_eq!(client.configure(&region("fine")).await.unwrap(), []);
        let odd = diagnostic(false, "Odd", "It is odd.", "mode");
        assert_eq!(client.validate(TYPE, &json!({ "mode": "odd" })).await.unwrap(), [odd]);
    }
}

#[tokio::test]
async fn a_failed_read_has_no_state_and_a_warning_keeps_it() {
    for (_served, mut client) in both().await {
        let read = client.read(TYPE, &json!({ "mode": "bad" })).await.unwrap();
        assert!(read.failed());
        assert_eq!(read.state, Value::Null);
        let read = client.read(TYPE, &json!({ "mode": "odd" })).await.unwrap();
        assert_eq!(read.diagnostics.len(), 1);
        assert_ne!(read.state, Value::Null);
    }
}

#[tokio::test]
async fn unknown_values_are_validated_without_a_diagnostic() {
    for (_served, mut client) in both().await {
        let kind = client.schemas().await.unwrap().data_source(TYPE).unwrap().kind();
        let block = Value::object([
            ("mode", Value::UNKNOWN),
            ("old_mode", Value::Null),
            ("filter", Value::UNKNOWN),
            ("things", Value::Null),
        ]);
        let config = DynamicValue::encode(&block, &kind).unwrap();
        let type_name = TYPE.to_owned();
        let diagnostics = if client.protocol() == 5 {
            let config = Some(config.into());
            let request = tfplugin5::validate_data_source_config::Request { type_name, config };
            let answer = client.v5().validate_data_source_config(request).await.unwrap();
            answer.into_inner().diagnostics.len()
        } else {
            let config = Some(config.into());
            let request = tfplugin6::validate_data_resource_config::Request { type_name, config };
            let answer = client.v6().validate_data_resource_config(request).await.unwrap();
            answer.into_inner().diagnostics.len()
        };
        assert_eq!(diagnostics, 0);
    }
}

#[tokio::test]
async fn a_block_that_does_not_match_the_schema_is_a_diagnostic_at_its_path() {
    for (_served, client) in both().await {
        let kind = Kind::object([("mode", Kind::Bool)]);
        let block = Value::object([("mode", Value::from(true))]);
        let config = DynamicValue::encode(&block, &kind).unwrap();
        let read = client.read_encoded(TYPE, config, &kind, false).await.unwrap();
        assert_eq!(read.diagnostics.len(), 1);
        assert_eq!(read.diagnostics[0].attribute, "mode");
        let garbage = DynamicValue { msgpack: vec![0xc1].into(), ..DynamicValue::default() };
        let read = client.read_encoded(TYPE, garbage, &kind, false).await.unwrap();
        assert_eq!(read.diagnostics[0].attribute, "");
    }
}

#[tokio::test]
async fn an_unknown_data_source_is_named() {
    for (_served, client) in both().await {
        let config = DynamicValue::default();
        let read = client.read_encoded("fake_other", config, &Kind::Bool, false).await.unwrap();
        assert!(read.failed());
        assert!(read.diagnostics[0].detail.contains("fake_other"));
    }
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_the_process_continues() {
    for (_served, mut client) in both().await {
        let panics = json!({ "region": "panic" });
        let mut found = client.validate_provider(&panics).await.unwrap();
        found.extend(client.configure(&panics).await.unwrap());
        found.extend(client.validate(TYPE, &json!({ "mode": "panic" })).await.unwrap());
        for mode in ["panic", "panic later"] {
            let read = client.read(TYPE, &json!({ "mode": mode })).await.unwrap();
            assert!(read.failed(), "{mode}");
            found.extend(read.diagnostics);
        }
        assert_eq!(found.len(), 5, "{found:#?}");
        for diagnostic in found {
            assert_eq!(diagnostic.summary, "Internal error in the provider");
            assert!(!diagnostic.to_string().contains("secret-in-a-panic"), "{diagnostic}");
        }
        assert!(!client.read(TYPE, &json!({})).await.unwrap().failed());
    }
}

#[tokio::test]
async fn a_panic_in_a_call_without_a_block_is_reported_too() {
    for (served, client) in both().await {
        served.provider.broken.store(true, Ordering::Relaxed);
        let (schema, metadata) = if client.protocol() == 5 {
            let schema = client.v5().get_schema(tfplugin5::get_provider_schema::Request {}).await;
            let metadata = client.v5().get_metadata(tfplugin5::get_metadata::Request {}).await;
            (
                schema.unwrap().into_inner().diagnostics.len(),
                metadata.unwrap().into_inner().diagnostics.len(),
            )
        } else {
            let request = tfplugin6::get_provider_schema::Request {};
            let schema = client.v6().get_provider_schema(request).await;
            let metadata = client.v6().get_metadata(tfplugin6::get_metadata::Request {}).await;
            (
                schema.unwrap().into_inner().diagnostics.len(),
                metadata.unwrap().into_inner().diagnostics.len(),
            )
        };
        assert_eq!((schema, metadata), (1, 1));
        let stopped = client.stop().await.unwrap_err().to_string();
        assert!(stopped.contains("StopProvider panicked"), "{stopped}");
        served.provider.broken.store(false, Ordering::Relaxed);
        client.clone().schemas().await.unwrap();
    }
}

#[tokio::test]
async fn a_provider_with_an_invalid_result_is_an_error() {
    for (_served, mut client) in both().await {
        for mode in ["nothing", "misfit"] {
            let read = client.read(TYPE, &json!({ "mode": mode })).await.unwrap();
            assert!(read.failed(), "{mode}");
            assert_eq!(read.state, Value::Null, "{mode}");
        }
    }
}

#[tokio::test]
async fn a_deferred_read_has_a_reason_and_an_unknown_state() {
    for (_served, mut client) in both().await {
        let read = client.read(TYPE, &json!({ "mode": "defer" })).await.unwrap();
        assert!(read.deferred);
        assert_eq!(read.state, Value::UNKNOWN);
        assert_eq!(read.diagnostics, []);
    }
}

#[tokio::test]
async fn other_calls_are_served_while_a_block_is_validated() {
    for (served, mut client) in both().await {
        client.schemas().await.unwrap();
        let validation = {
            let mut client = client.clone();
            tokio::spawn(
                async move { client.validate(TYPE, &json!({ "mode": "slow" })).await.unwrap() },
            )
        };
        served.provider.reading.notified().await;
        let read = client.read(TYPE, &json!({})).await.unwrap();
        assert_eq!(read.diagnostics, []);
        served.provider.gate.open();
        assert_eq!(validation.await.unwrap(), []);
    }
}

#[tokio::test]
async fn stop_cancels_every_running_read() {
    for (served, mut client) in both().await {
        client.schemas().await.unwrap();
        let reads: Vec<_> = (0..4)
            .map(|_| {
                let mut client = client.clone();
                tokio::spawn(
                    async move { client.read(TYPE, &json!({ "mode": "wait" })).await.unwrap() },
                )
            })
            .collect();
        while served.provider.reads.load(Ordering::Relaxed) < 4 {
            served.provider.reading.notified().await;
        }
        client.stop().await.unwrap();
        for read in reads {
            let read = timeout(Duration::from_secs(1), read).await.unwrap().unwrap();
            assert_eq!(read.diagnostics[0].summary, "Stopped");
        }
    }
}

#[tokio::test]
async fn stop_cancels_only_the_reads_of_its_own_connection() {
    for (served, mut client) in both().await {
        client.schemas().await.unwrap();
        let other = served.connect().await;
        let reads = [client.clone(), other].map(|mut client| {
            tokio::spawn(
                async move { client.read(TYPE, &json!({ "mode": "wait" })).await.unwrap() },
            )
        });
        while served.provider.reads.load(Ordering::Relaxed) < 2 {
            served.provider.reading.notified().await;
        }
        client.stop().await.unwrap();
        let [read, other] = reads;
        let read = timeout(Duration::from_secs(1), read).await.unwrap().unwrap();
        assert_eq!(read.diagnostics[0].summary, "Stopped");
        assert!(timeout(Duration::from_secs(1), other).await.is_err(), "the other read goes on");
    }
}

#[tokio::test]
async fn stop_aborts_a_read_that_ignores_it_within_a_second() {
    for (served, mut client) in both().await {
        client.schemas().await.unwrap();
        let mut reading = client.clone();
        let read = tokio::spawn(async move {
            reading.read(TYPE, &json!({ "mode": "wait forever" })).await.unwrap()
        });
        served.provider.reading.notified().await;
        client.stop().await.unwrap();
        let read = timeout(Duration::from_secs(1), read).await.unwrap().unwrap();
        assert_eq!(read.diagnostics[0].summary, "Call abandoned after an interrupt");
        assert!(read.diagnostics[0].detail.contains("ReadDataSource"));
    }
}

/// The result has 6 MB, more than gRPC libraries allow by default.
#[tokio::test]
async fn a_large_result_arrives_completely() {
    let [_, (_served, mut client)] = both().await;
    let count = 60_000;
    let read = client.read(TYPE, &json!({ "mode": count.to_string() })).await.unwrap();
    assert_eq!(read.diagnostics, []);
    let things = read.state.attribute("things").as_elements().unwrap().to_vec();
    assert_eq!(things.len(), count);
    assert_eq!(things[count - 1].attribute("size"), &Value::from(59_999));
}

#[tokio::test]
async fn the_schema_is_marked_as_optional_to_fetch() {
    let [(_five, five), (_six, six)] = both().await;
    let schema = five.v5().get_schema(tfplugin5::get_provider_schema::Request {}).await.unwrap();
    let capabilities = schema.into_inner().server_capabilities.unwrap();
    assert!(capabilities.get_provider_schema_optional);
    let request = tfplugin6::get_provider_schema::Request {};
    let schema = six.v6().get_provider_schema(request).await.unwrap();
    let capabilities = schema.into_inner().server_capabilities.unwrap();
    assert!(capabilities.get_provider_schema_optional);
}

#[tokio::test]
async fn metadata_lists_the_data_sources() {
    let [(_five, five), (_six, six)] = both().await;
    let metadata = five.v5().get_metadata(tfplugin5::get_metadata::Request {}).await.unwrap();
    let metadata = metadata.into_inner();
    assert!(metadata.server_capabilities.unwrap().get_provider_schema_optional);
    assert_eq!(metadata.data_sources[0].type_name, TYPE);
    let metadata = six.v6().get_metadata(tfplugin6::get_metadata::Request {}).await.unwrap();
    let metadata = metadata.into_inner();
    assert!(metadata.server_capabilities.unwrap().get_provider_schema_optional);
    assert_eq!(metadata.data_sources[0].type_name, TYPE);
}

#[tokio::test]
async fn both_versions_serve_the_same_plain_types() {
    let [(_five, five), (_six, six)] = both().await;
    let schema = five.v5().get_schema(tfplugin5::get_provider_schema::Request {}).await.unwrap();
    let block = schema.into_inner().data_source_schemas[TYPE].block.clone().unwrap();
    let five: Vec<_> = block.attributes.iter().map(|found| (&found.name, &found.r#type)).collect();

    let request = tfplugin6::get_provider_schema::Request {};
    let schema = six.v6().get_provider_schema(request).await.unwrap();
    let six_block = schema.into_inner().data_source_schemas[TYPE].block.clone().unwrap();
    assert!(six_block.attributes.iter().all(|attribute| attribute.nested_type.is_none()));
    let six: Vec<_> =
        six_block.attributes.iter().map(|found| (&found.name, &found.r#type)).collect();
    assert_eq!(five, six);

    let (_, things) = five.iter().find(|(name, _)| *name == "things").unwrap();
    let expected = json!(["list", ["object", { "name": "string", "size": "number" }]]);
    assert_eq!(serde_json::from_slice::<Json>(things).unwrap(), expected);
}

#[tokio::test]
async fn a_deprecation_is_explained_everywhere_and_marked_in_the_provider_block_only() {
    let [_, (_six, six)] = both().await;
    let request = tfplugin6::get_provider_schema::Request {};
    let schemas = six.v6().get_provider_schema(request).await.unwrap().into_inner();
    let find = |schema: &tfplugin6::Schema, name: &str| {
        let block = schema.block.clone().unwrap();
        block.attributes.into_iter().find(|attribute| attribute.name == name).unwrap()
    };
    let region = find(&schemas.provider.unwrap(), "region");
    let mode = find(&schemas.data_source_schemas[TYPE], "old_mode");
    assert_eq!(region.description, "Text. **Deprecated:** Use another.");
    assert_eq!(mode.description, "Text. **Deprecated:** Use `mode`.");
    assert_eq!((region.deprecated, mode.deprecated), (true, false));

    let warned = six.clone().validate(TYPE, &json!({ "old_mode": "x" })).await.unwrap();
    let old = diagnostic(false, "Argument is deprecated", "Use `mode`.", "old_mode");
    assert_eq!(warned, [old]);
    assert_eq!(six.clone().validate(TYPE, &json!({})).await.unwrap(), []);
}
