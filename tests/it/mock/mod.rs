//! The behavior of `mock-ecs`, as an HTTP client sees it.

mod admin;
mod auth;
mod behavior;
mod binary;
mod build;
mod catalog;
mod client;
mod console;
mod credentials;
mod differences;
mod environment;
mod faults;
mod hostile;
mod http2;
mod images;
mod refusals;
mod resources;
mod scenario;
mod schema;

use terraform_provider_alicloud::mock::{Config, Seed, Server};

/// Twelve images in cn-hangzhou and one in cn-beijing; `mock-behavior.json` is about them.
pub(crate) const IMAGES: &str = include_str!("../../data/mock-images.json");

pub(crate) fn config() -> Config {
    Config::default().with_images(Seed::Json {
        name: "mock-images.json".into(),
        region: None,
        text: IMAGES.into(),
    })
}

pub(crate) fn start() -> Server {
    Server::start(config()).unwrap()
}
