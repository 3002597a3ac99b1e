//! The formats of what was found.

use serde_json::Value as Json;

use super::table;
use crate::{
    text::{SHOWN, sanitize},
    value::{Kind, Value},
    wire::{Error, json},
};

/// How to show what was found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// What the service sent.
    Api,
    /// One ID a line.
    Ids,
    /// The state of the data source.
    Json,
    /// A table.
    #[default]
    Table,
}

impl Format {
    /// The formats by name.
    pub(super) const ALL: [(&'static str, Self); 4] =
        [("table", Self::Table), ("json", Self::Json), ("ids", Self::Ids), ("api", Self::Api)];
}

/// The images of states, each with the region.
fn images(states: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    states.iter().flat_map(|state| {
        let region = state.attribute("region").as_str().unwrap_or_default();
        let images = state.attribute("images").as_elements().unwrap_or_default();
        images.iter().map(move |image| (region, image))
    })
}

/// The IDs of all regions, one a line, safe for a terminal.
pub(super) fn ids(states: &[Value]) -> String {
    let ids = images(states).filter_map(|(_, image)| image.attribute("image_id").as_str());
    ids.map(|id| sanitize(id, SHOWN) + "\n").collect()
}

/// A table of the images of all regions; empty without an image.
pub(super) fn table(states: &[Value], columns: Option<usize>) -> String {
    let rows: Vec<_> = images(states).collect();
    table::render(&rows, states.len() > 1, columns)
}

/// The state of one region, or an object of the states of several by region, in their order. `kind`
/// is the type of a state.
///
/// # Errors
///
/// Where a value cannot be written as JSON, which no state is.
pub(super) fn json(states: &[Value], kind: &Kind) -> Result<String, Error> {
    let pretty = |state| json::to_json(state, kind).map(|json| format!("{json:#}"));
    if let [state] = states {
        return Ok(pretty(state)? + "\n");
    }
    let members = states.iter().map(|state| {
        let region = Json::from(state.attribute("region").as_str().unwrap_or_default());
        // Line feeds within texts are escaped, so every line is one of the layout.
        Ok(format!("  {region}: {}", pretty(state)?.replace('\n', "\n  ")))
    });
    let members = members.collect::<Result<Vec<_>, Error>>()?;
    Ok(format!("{{\n{}\n}}\n", members.join(",\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(region: &str, id: &str) -> Value {
        let image = Value::object([("image_id", Value::from(id))]);
        Value::object([("region", Value::from(region)), ("images", Value::List(vec![image]))])
    }

    fn kind() -> Kind {
        let images = Kind::list(Kind::object([("image_id", Kind::String)]));
        Kind::object([("region", Kind::String), ("images", images)])
    }

    #[test]
    fn ids_are_one_per_line_without_control_characters() {
        let states = [state("cn-b", "m-1\n\u{1b}[2J"), state("cn-a", "m-2")];
        assert_eq!(ids(&states), "m-1  [2J\nm-2\n");
    }

    #[test]
    fn one_region_is_a_state_and_several_are_an_object_in_their_order() {
        let one = json(&[state("cn-b", "m-1")], &kind()).unwrap();
        let read: Json = serde_json::from_str(&one).unwrap();
        assert_eq!(read["images"][0]["image_id"], "m-1");
        let two = json(&[state("cn-b", "m\n\u{1b}1"), state("cn-a", "m-2")], &kind()).unwrap();
        assert!(two.find("\"cn-b\"").unwrap() < two.find("\"cn-a\"").unwrap(), "{two}");
        assert!(
            two.contains("  \"cn-b\": {\n    \"images\": [") && !two.contains('\u{1b}'),
            "{two}"
        );
        let read: Json = serde_json::from_str(&two).unwrap();
        assert_eq!(read["cn-b"]["images"][0]["image_id"], "m\n\u{1b}1");
        assert_eq!(read["cn-a"]["region"], "cn-a");
    }
}
