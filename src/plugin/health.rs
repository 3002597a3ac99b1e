//! The standard health service. go-plugin asks it about the service `plugin`.

use futures_util::{StreamExt, stream};
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::lifetime::Shutdown;
use crate::wire::proto::health::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_server::Health,
};

/// Says that the plugin serves for as long as it runs.
pub(super) struct Serving(pub(super) Shutdown);

/// The empty name stands for the server as a whole.
fn status_of(service: &str) -> ServingStatus {
    match service {
        "" | "plugin" => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

#[tonic::async_trait]
impl Health for Serving {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match status_of(&request.get_ref().service) {
            ServingStatus::Serving => {
                Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
            }
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let status = status_of(&request.get_ref().service).into();
        let first = stream::iter([Ok(HealthCheckResponse { status })]);
        Ok(Response::new(Box::pin(first.chain(self.0.silence()))))
    }
}
