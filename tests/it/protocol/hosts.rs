//! Old and new hosts: the calls that each makes for a plan with one read, in its order and with the
//! fields that it knows. CONTRIBUTING.md lists the CLIs.

use terraform_provider_alicloud::{
    value::{Kind, Value},
    wire::DynamicValue,
};

use super::{fake::TYPE, server::Served};
use crate::support::client::{
    Client,
    proto::{tfplugin5, tfplugin6},
};

/// The requests of a host.
struct Host {
    name: &'static str,
    /// `PLUGIN_PROTOCOL_VERSIONS`.
    offers: &'static str,
    speaks: u8,
    /// What it reports as its version.
    version: &'static str,
    /// Whether it sends capabilities, which Terraform 1.8 introduced.
    has_capabilities: bool,
    /// Whether it requests identity schemas in addition to the schema, since 1.12.
    asks_for_identities: bool,
    /// Whether it requests functions, as OpenTofu does.
    asks_for_functions: bool,
    /// Whether it expects the seventh field of the handshake line.
    multiplexes: bool,
}

const HOST: Host = Host {
    name: "",
    offers: "5,6",
    speaks: 6,
    version: "",
    has_capabilities: true,
    asks_for_identities: false,
    asks_for_functions: false,
    multiplexes: false,
};

const HOSTS: &[Host] = &[
    Host {
        name: "Terraform 0.12",
        offers: "4,5",
        speaks: 5,
        version: "0.12.31",
        has_capabilities: false,
        ..HOST
    },
    Host {
        name: "Terraform 0.15",
        offers: "5",
        speaks: 5,
        version: "0.15.5",
        has_capabilities: false,
        ..HOST
    },
    Host { name: "Terraform 1.0", version: "1.0.11", has_capabilities: false, ..HOST },
    Host { name: "Terraform 1.11", offers: "6,5", version: "1.11.4", ..HOST },
    Host { name: "Terraform 1.16", version: "1.16.0", asks_for_identities: true, ..HOST },
    Host {
        name: "OpenTofu 1.12",
        version: "1.13.0",
        asks_for_identities: true,
        asks_for_functions: true,
        ..HOST
    },
    Host { name: "a host that multiplexes", version: "1.16.0", multiplexes: true, ..HOST },
];

impl Host {
    async fn start(&self) -> Served {
        let mut variables = vec![("PLUGIN_PROTOCOL_VERSIONS", self.offers)];
        if self.multiplexes {
            variables.push(("PLUGIN_MULTIPLEX_GRPC", "true"));
        }
        let identity = crate::support::client::Identity::generate().unwrap();
        Served::start_with(&variables, Some(identity)).await
    }

    /// Makes the calls of a plan with protocol 5; returns the number of errors, and the state.
    async fn plan_5(
        &self,
        client: &Client,
        provider: DynamicValue,
        data: DynamicValue,
    ) -> DynamicValue {
        let mut calls = client.v5();
        let schema = calls.get_schema(tfplugin5::get_provider_schema::Request {}).await.unwrap();
        assert!(schema.into_inner().diagnostics.is_empty(), "{}", self.name);
        let request =
            tfplugin5::prepare_provider_config::Request { config: Some(provider.clone().into()) };
        calls.prepare_provider_config(request).await.unwrap();
        let capabilities = || {
            self.has_capabilities.then(|| tfplugin5::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            })
        };
        let request = tfplugin5::configure::Request {
            terraform_version: self.version.to_owned(),
            config: Some(provider.into()),
            client_capabilities: capabilities(),
        };
        assert!(calls.configure(request).await.unwrap().into_inner().diagnostics.is_empty());
        let type_name = TYPE.to_owned();
        let request = tfplugin5::validate_data_source_config::Request {
            type_name: type_name.clone(),
            config: Some(data.clone().into()),
        };
        calls.validate_data_source_config(request).await.unwrap();
        let request = tfplugin5::read_data_source::Request {
            type_name,
            config: Some(data.into()),
            provider_meta: None,
            client_capabilities: capabilities(),
        };
        let answer = calls.read_data_source(request).await.unwrap().into_inner();
        assert!(answer.diagnostics.is_empty() && answer.deferred.is_none(), "{}", self.name);
        answer.state.unwrap().into()
    }

    /// The same with protocol 6, with the calls that newer hosts add.
    async fn plan_6(
        &self,
        client: &Client,
        provider: DynamicValue,
        data: DynamicValue,
    ) -> DynamicValue {
        let mut calls = client.v6();
        let request = tfplugin6::get_provider_schema::Request {};
        let schema = calls.get_provider_schema(request).await.unwrap().into_inner();
        assert!(schema.diagnostics.is_empty() && schema.functions.is_empty(), "{}", self.name);
        if self.asks_for_identities {
            let request = tfplugin6::get_resource_identity_schemas::Request {};
            let answer = calls.get_resource_identity_schemas(request).await.unwrap().into_inner();
            assert!(answer.identity_schemas.is_empty() && answer.diagnostics.is_empty());
        }
        if self.asks_for_functions {
            let request = tfplugin6::get_functions::Request {};
            assert!(calls.get_functions(request).await.unwrap().into_inner().functions.is_empty());
        }
        let request =
            tfplugin6::validate_provider_config::Request { config: Some(provider.clone().into()) };
        calls.validate_provider_config(request).await.unwrap();
        let capabilities = || {
            self.has_capabilities.then(|| tfplugin6::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            })
        };
        let request = tfplugin6::configure_provider::Request {
            terraform_version: self.version.to_owned(),
            config: Some(provider.into()),
            client_capabilities: capabilities(),
        };
        assert!(
            calls.configure_provider(request).await.unwrap().into_inner().diagnostics.is_empty()
        );
        let type_name = TYPE.to_owned();
        let request = tfplugin6::validate_data_resource_config::Request {
            type_name: type_name.clone(),
            config: Some(data.clone().into()),
        };
        calls.validate_data_resource_config(request).await.unwrap();
        let request = tfplugin6::read_data_source::Request {
            type_name,
            config: Some(data.into()),
            provider_meta: None,
            client_capabilities: capabilities(),
        };
        let answer = calls.read_data_source(request).await.unwrap().into_inner();
        assert!(answer.diagnostics.is_empty() && answer.deferred.is_none(), "{}", self.name);
        answer.state.unwrap().into()
    }
}

#[tokio::test]
async fn a_plan_works_with_the_requests_of_each_host() {
    for host in HOSTS {
        let served = host.start().await;
        assert_eq!(served.line.protocol, host.speaks, "{}", host.name);
        let seventh = host.multiplexes.then_some("false");
        assert_eq!(served.line.multiplexing.as_deref(), seventh, "{}", host.name);

        let mut client = served.connect().await;
        let schemas = client.schemas().await.unwrap();
        let (block, data) = (&schemas.provider, schemas.data_source(TYPE).unwrap());
        let encode = |value: &Value, kind: &Kind| DynamicValue::encode(value, kind).unwrap();
        let provider = encode(&block.empty().unwrap(), &block.kind());
        let config = encode(&data.empty().unwrap(), &data.kind());
        let state = match host.speaks {
            5 => host.plan_5(&client, provider, config).await,
            _ => host.plan_6(&client, provider, config).await,
        };
        let state = state.decode(&data.kind()).unwrap();
        assert!(state.is_wholly_known() && !state.is_null(), "{}", host.name);
        client.shutdown().await.unwrap();
    }
}
