//! The RPCs that do something, of both protocol versions, each in the order of its file in `proto`.
//! `unsupported` has the others.
//!
//! The versions differ in names and in a few messages; what an RPC does is the same, and is in `rpc`.

/// Protocol 5: `proto/tfplugin5.proto`.
mod v5 {
    use super::super::{
        convert::{Answering, answer, convert, session},
        rpc::Service,
    };
    use crate::wire::proto::tfplugin5 as proto;

    convert!(proto);

    impl proto::provider_server::Provider for Service {
        answer!(get_metadata, get_metadata, |session, _| session.metadata().await.into());
        answer!(get_schema, get_provider_schema, |session, _| session.schemas().await.into());
        answer!(prepare_provider_config, prepare_provider_config, |session, request| {
            // The block is returned unchanged, without defaults.
            let prepared_config = request.config.clone();
            let diagnostics = messages(session.validate_provider(value(request.config)).await);
            proto::prepare_provider_config::Response { prepared_config, diagnostics }
        });
        answer!(validate_data_source_config, validate_data_source_config, |session, request| {
            let config = value(request.config);
            let diagnostics = session.validate_data_source(request.type_name, config).await;
            proto::validate_data_source_config::Response { diagnostics: messages(diagnostics) }
        });
        answer!(get_resource_identity_schemas, get_resource_identity_schemas, |_session, _| {
            proto::get_resource_identity_schemas::Response::default()
        });
        answer!(configure, configure, |session, request| {
            let config = value(request.config);
            let diagnostics = session.configure(config, request.terraform_version).await;
            proto::configure::Response { diagnostics: messages(diagnostics) }
        });
        answer!(read_data_source, read_data_source, |session, request| => {
            let deferral_allowed = deferral_allowed(request.client_capabilities);
            let config = value(request.config);
            session.read_data_source(request.type_name, config, deferral_allowed).await.into()
        });
        answer!(get_functions, get_functions, |_session, _| {
            proto::get_functions::Response::default()
        });
        answer!(stop, stop, |session, _| {
            proto::stop::Response { error: session.stop().await.error() }
        });
    }
}

/// Protocol 6: `proto/tfplugin6.proto`.
mod v6 {
    use super::super::{
        convert::{Answering, answer, convert, session},
        rpc::Service,
    };
    use crate::wire::proto::tfplugin6 as proto;

    convert!(proto);

    impl proto::provider_server::Provider for Service {
        answer!(get_metadata, get_metadata, |session, _| session.metadata().await.into());
        answer!(get_provider_schema, get_provider_schema, |session, _| session
            .schemas()
            .await
            .into());
        answer!(validate_provider_config, validate_provider_config, |session, request| {
            let diagnostics = session.validate_provider(value(request.config)).await;
            proto::validate_provider_config::Response { diagnostics: messages(diagnostics) }
        });
        answer!(
            validate_data_resource_config,
            validate_data_resource_config,
            |session, request| {
                let config = value(request.config);
                let diagnostics = session.validate_data_source(request.type_name, config).await;
                proto::validate_data_resource_config::Response {
                    diagnostics: messages(diagnostics),
                }
            }
        );
        answer!(get_resource_identity_schemas, get_resource_identity_schemas, |_session, _| {
            proto::get_resource_identity_schemas::Response::default()
        });
        answer!(configure_provider, configure_provider, |session, request| {
            let config = value(request.config);
            let diagnostics = session.configure(config, request.terraform_version).await;
            proto::configure_provider::Response { diagnostics: messages(diagnostics) }
        });
        answer!(read_data_source, read_data_source, |session, request| => {
            let deferral_allowed = deferral_allowed(request.client_capabilities);
            let config = value(request.config);
            session.read_data_source(request.type_name, config, deferral_allowed).await.into()
        });
        answer!(get_functions, get_functions, |_session, _| {
            proto::get_functions::Response::default()
        });
        answer!(stop_provider, stop_provider, |session, _| {
            proto::stop_provider::Response { error: session.stop().await.error() }
        });
    }
}
