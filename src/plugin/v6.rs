//! Protocol 6: every RPC of its service, in the order of `proto/tfplugin6.proto`.

use futures_util::StreamExt;

use super::{
    convert::{Answering, answer, convert, session, unsupported, unsupported_stream},
    rpc::Service,
};
use crate::wire::proto::tfplugin6 as proto;

convert!(proto);

impl proto::provider_server::Provider for Service {
    answer!(get_metadata, get_metadata, |session, _| session.metadata().await.into());
    answer!(get_provider_schema, get_provider_schema, |session, _| session.schemas().await.into());
    answer!(validate_provider_config, validate_provider_config, |session, request| {
        let diagnostics = session.validate_provider(value(request.config)).await;
        proto::validate_provider_config::Response { diagnostics: messages(diagnostics) }
    });
    unsupported!(validate_resource_config, validate_resource_config, "managed resources");
    answer!(validate_data_resource_config, validate_data_resource_config, |session, request| {
        let config = value(request.config);
        let diagnostics = session.validate_data_source(request.type_name, config).await;
        proto::validate_data_resource_config::Response { diagnostics: messages(diagnostics) }
    });
    unsupported!(upgrade_resource_state, upgrade_resource_state, "managed resources");
    answer!(get_resource_identity_schemas, get_resource_identity_schemas, |_session, _| {
        proto::get_resource_identity_schemas::Response::default()
    });
    unsupported!(upgrade_resource_identity, upgrade_resource_identity, "managed resources");
    answer!(configure_provider, configure_provider, |session, request| {
        let config = value(request.config);
        let diagnostics = session.configure(config, request.terraform_version).await;
        proto::configure_provider::Response { diagnostics: messages(diagnostics) }
    });
    unsupported!(read_resource, read_resource, "managed resources");
    unsupported!(plan_resource_change, plan_resource_change, "managed resources");
    unsupported!(apply_resource_change, apply_resource_change, "managed resources");
    unsupported!(import_resource_state, import_resource_state, "managed resources");
    unsupported!(move_resource_state, move_resource_state, "managed resources");
    answer!(read_data_source, read_data_source, |session, request| {
        let deferral_allowed = deferral_allowed(request.client_capabilities);
        let config = value(request.config);
        session.read_data_source(request.type_name, config, deferral_allowed).await.into()
    });
    unsupported!(generate_resource_config, generate_resource_config, "managed resources");
    unsupported!(
        validate_ephemeral_resource_config,
        validate_ephemeral_resource_config,
        "ephemeral resources"
    );
    unsupported!(open_ephemeral_resource, open_ephemeral_resource, "ephemeral resources");
    unsupported!(renew_ephemeral_resource, renew_ephemeral_resource, "ephemeral resources");
    unsupported!(close_ephemeral_resource, close_ephemeral_resource, "ephemeral resources");
    unsupported_stream!(list_resource, list_resource::Event, "list resources", |diagnostics| {
        [proto::list_resource::Event { diagnostic: diagnostics, ..Default::default() }]
    });
    unsupported!(validate_list_resource_config, validate_list_resource_config, "list resources");
    answer!(get_functions, get_functions, |_session, _| proto::get_functions::Response::default());
    answer!(call_function, call_function, |session, _| {
        let diagnostics = session.unsupported("call_function", "functions").await;
        let text = diagnostics.into_iter().map(|found| found.detail).collect();
        let error = proto::FunctionError { text, function_argument: None };
        proto::call_function::Response { result: None, error: Some(error) }
    });
    unsupported!(validate_state_store_config, validate_state_store, "state stores");
    unsupported!(configure_state_store, configure_state_store, "state stores");
    unsupported_stream!(
        read_state_bytes,
        read_state_bytes::Response,
        "state stores",
        |diagnostics| [proto::read_state_bytes::Response { diagnostics, ..Default::default() }]
    );
    unsupported!(
        write_state_bytes,
        tonic::Request<tonic::Streaming<proto::write_state_bytes::RequestChunk>>,
        write_state_bytes,
        "state stores"
    );
    unsupported!(lock_state, lock_state, "state stores");
    unsupported!(unlock_state, unlock_state, "state stores");
    unsupported!(get_states, get_states, "state stores");
    unsupported!(delete_state, delete_state, "state stores");
    unsupported!(plan_action, plan_action, "actions");
    unsupported_stream!(invoke_action, invoke_action::Event, "actions", |diagnostics| {
        use proto::invoke_action::{Event, event};
        [Event { r#type: Some(event::Type::Completed(event::Completed { diagnostics })) }]
    });
    unsupported!(validate_action_config, validate_action_config, "actions");
    answer!(stop_provider, stop_provider, |session, _| {
        proto::stop_provider::Response { error: session.stop().await.error() }
    });
}
