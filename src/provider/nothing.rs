//! A data source that does nothing: the floor that `benches/report` measures look-ups against.
//! Built with the feature `nothing` only, never for a release.

use futures_util::future::{BoxFuture, ready};

use crate::{
    contract::{DataSource, ReadRequest, ReadResponse},
    diag::Diagnostics,
    schema::{Attribute, Block, Presence, Schema},
    value::{Kind, Value},
};

/// `alicloud_nothing`.
pub(super) struct Nothing;

impl DataSource for Nothing {
    fn name(&self) -> &'static str {
        "alicloud_nothing"
    }

    fn schema(&self) -> Schema {
        let id = Attribute::new("id", Kind::String, Presence::Computed, "Always `nothing`.");
        Schema { version: 0, block: Block { attributes: vec![id], ..Block::default() } }
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    fn read(&self, _: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        let state = Value::object([("id", Value::from("nothing"))]);
        Box::pin(ready(ReadResponse { state: Some(state), ..ReadResponse::default() }))
    }
}
