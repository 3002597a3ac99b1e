//! Protocol 5: every RPC of its service, in the order of `proto/tfplugin5.proto`.

use futures_util::StreamExt;

use super::{
    convert::{Answering, answer, convert, session, unsupported, unsupported_stream},
    rpc::Service,
};
use crate::wire::proto::tfplugin5 as proto;

convert!(proto);

impl proto::provider_server::Provider for Service {
    answer!(get_metadata, get_metadata, |session, _| session.metadata().await.into());
    answer!(get_schema, get_provider_schema, |session, _| session.schemas().await.into());
    answer!(prepare_provider_config, prepare_provider_config, |session, request| {
        // The block is returned unchanged: nothing is filled in.
        let prepared_config = request.config.clone();
        let diagnostics = messages(session.validate_provider(value(request.config)).await);
        proto::prepare_provider_config::Response { prepared_config, diagnostics }
    });
    unsupported!(validate_resource_type_config, validate_resource_type_config, "managed resources");
    answer!(validate_data_source_config, validate_data_source_config, |session, request| {
        let config = value(request.config);
        let diagnostics = session.validate_data_source(request.type_name, config).await;
        proto::validate_data_source_config::Response { diagnostics: messages(diagnostics) }
    });
    unsupported!(upgrade_resource_state, upgrade_resource_state, "managed resources");
    answer!(get_resource_identity_schemas, get_resource_identity_schemas, |_session, _| {
        proto::get_resource_identity_schemas::Response::default()
    });
    unsupported!(upgrade_resource_identity, upgrade_resource_identity, "managed resources");
    answer!(configure, configure, |session, request| {
        let config = value(request.config);
        let diagnostics = session.configure(config, request.terraform_version).await;
        proto::configure::Response { diagnostics: messages(diagnostics) }
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
    unsupported!(plan_action, plan_action, "actions");
    unsupported_stream!(invoke_action, invoke_action::Event, "actions", |diagnostics| {
        use proto::invoke_action::{Event, event};
        [Event { r#type: Some(event::Type::Completed(event::Completed { diagnostics })) }]
    });
    unsupported!(validate_action_config, validate_action_config, "actions");
    answer!(stop, stop, |session, _| {
        proto::stop::Response { error: session.stop().await.error() }
    });
}
