//! The formats of results: IDs, the state as JSON, and several pages of DescribeImages as one document, with every
//! member unchanged. The table is in `table`.

use std::fmt::{self, Write};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value as Json, value::RawValue};

use super::table;
use crate::{
    alicloud::PageRead,
    text::{SHOWN, is_control, sanitize},
    value::{Kind, Value},
    wire::{Error, json},
};

/// The format of a result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// The response of the service.
    Api,
    /// One ID on each line.
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

/// The images of all states, each with its region.
fn images(states: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    states.iter().flat_map(|state| {
        let region = state.attribute("region").as_str().unwrap_or_default();
        let images = state.attribute("images").as_elements().unwrap_or_default();
        images.iter().map(move |image| (region, image))
    })
}

/// The IDs of all regions, one on each line, safe for a terminal.
pub(super) fn ids(states: &[Value]) -> String {
    let ids = images(states).filter_map(|(_, image)| image.attribute("image_id").as_str());
    // A program that reads the IDs would treat an empty line as an empty argument.
    ids.filter(|id| !id.is_empty()).map(|id| sanitize(id, SHOWN) + "\n").collect()
}

/// A table of the images of all regions; empty without an image.
pub(super) fn table(states: &[Value], columns: Option<usize>) -> String {
    let rows: Vec<_> = images(states).collect();
    table::render(&rows, states.len() > 1, columns)
}

/// The state of one region, or an object of the states of several by region, in their order, safe
/// for a terminal. `kind` is the type of a state.
///
/// # Errors
///
/// When a value cannot be written as JSON; this does not happen for a state.
pub(super) fn json(states: &[Value], kind: &Kind) -> Result<String, Error> {
    let pretty = |state| json::to_json(state, kind).map(|json| format!("{json:#}"));
    if let [state] = states {
        return Ok(escaped(pretty(state)? + "\n"));
    }
    let members = states.iter().map(|state| {
        let region = Json::from(state.attribute("region").as_str().unwrap_or_default());
        // Line feeds within strings are escaped, so every line break belongs to the layout.
        Ok(format!("  {region}: {}", pretty(state)?.replace('\n', "\n  ")))
    });
    let members = members.collect::<Result<Vec<_>, Error>>()?;
    Ok(escaped(format!("{{\n{}\n}}\n", members.join(",\n"))))
}

/// A JSON document with its control characters escaped. This does not change its value, because JSON has no control
/// characters outside strings except white space.
fn escaped(document: String) -> String {
    let is_unsafe = |c: char| is_control(c) && !matches!(c, '\n' | '\t' | '\r');
    if !document.contains(is_unsafe) {
        return document;
    }
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if is_unsafe(character) {
            // All control characters are in the basic plane. Writing to a String cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// The bodies of the pages of one lookup.
#[derive(Clone, Debug, Default)]
pub(super) struct PageBodies(Vec<Bytes>);

impl PageBodies {
    /// Keeps a page. Page 1 begins the list again.
    pub(super) fn add(&mut self, page: &PageRead<'_>) {
        if page.number == 1 {
            self.0.clear();
        }
        self.0.push(page.body.clone());
    }

    /// One document: the members of the first page, with the images of all pages, one on each line,
    /// and `PageSize` set to their number. For a terminal, control characters are escaped.
    ///
    /// # Errors
    ///
    /// When a page is not such a response; this does not happen for pages that the client has
    /// decoded.
    pub(super) fn document(&self, for_terminal: bool) -> Result<Vec<u8>, serde_json::Error> {
        let mut images: Vec<&RawValue> = Vec::new();
        let mut first = None;
        for body in &self.0 {
            let page: RawObject<'_> = serde_json::from_slice(body)?;
            images.extend(page.images()?);
            first.get_or_insert(page);
        }
        let first = first.unwrap_or_default();
        // With enough capacity, the bodies are copied only once.
        let mut document = Vec::with_capacity(self.0.iter().map(Bytes::len).sum());
        let mut separator = "{";
        for (name, value) in &first.0 {
            append(&mut document, [separator, &quoted(name), ":"]);
            match &**name {
                "Images" => write_images(&mut document, value, &images)?,
                "PageSize" => append(&mut document, [&*images.len().max(1).to_string()]),
                _ => append(&mut document, [value.get()]),
            }
            separator = ",";
        }
        append(&mut document, ["}\n"]);
        if !for_terminal {
            return Ok(document);
        }
        // All parts are UTF-8.
        Ok(escaped(String::from_utf8_lossy(&document).into_owned()).into_bytes())
    }
}

/// Writes the member `Images` of the first page, with the images of all pages.
fn write_images(
    to: &mut Vec<u8>,
    first: &RawValue,
    images: &[&RawValue],
) -> Result<(), serde_json::Error> {
    append(to, ["{\"Image\":["]);
    let mut separator = "\n";
    for image in images {
        append(to, [separator, image.get()]);
        separator = ",\n";
    }
    append(to, [if images.is_empty() { "]" } else { "\n]" }]);
    let others: RawObject<'_> = match first.get().starts_with('{') {
        true => serde_json::from_str(first.get())?,
        false => RawObject::default(),
    };
    for (name, value) in others.0.iter().filter(|(name, _)| &**name != "Image") {
        append(to, [",", &quoted(name), ":", value.get()]);
    }
    append(to, ["}"]);
    Ok(())
}

fn append<const N: usize>(to: &mut Vec<u8>, parts: [&str; N]) {
    parts.iter().for_each(|part| to.extend_from_slice(part.as_bytes()));
}

/// A name as a JSON string.
fn quoted(name: &str) -> String {
    Json::from(name).to_string()
}

/// The members of an object in their order, with values that are not decoded.
#[derive(Default)]
struct RawObject<'a>(Vec<(String, &'a RawValue)>);

impl<'a> RawObject<'a> {
    fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| *value)
    }

    /// The images of a page. The service sends `{"Image": [...]}`; the client also accepts a list
    /// without this wrapper, and null.
    fn images(&self) -> Result<Vec<&'a RawValue>, serde_json::Error> {
        let images = self.get("Images").map_or("null", RawValue::get);
        let list = match images.starts_with('{') {
            true => {
                let members: RawObject<'a> = serde_json::from_str(images)?;
                members.get("Image").map_or("null", RawValue::get)
            }
            false => images,
        };
        Ok(serde_json::from_str::<Option<Vec<&'a RawValue>>>(list)?.unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = RawObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
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
        let states = [state("cn-b", "m-1\n\u{1b}[2J"), state("cn-b", ""), state("cn-a", "m-2")];
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

    #[test]
    fn json_for_a_terminal_has_control_characters_as_escapes() {
        let id = "m\u{9b}2J\u{202e}\u{7f}é\\";
        let text = json(&[state("cn-b", id)], &kind()).unwrap();
        assert!(text.contains(r#""m\u009b2J\u202e\u007fé\\""#), "{text}");
        let read: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(read["images"][0]["image_id"], id);
        let body = format!(r#"{{"Images":{{"Image":[{{"ImageId":"{}"}}]}}}}"#, "m\u{9b}2J");
        let body = Bytes::from(body);
        let mut pages = PageBodies::default();
        pages.add(&PageRead { number: 1, pages: 1, body: &body });
        let [raw, safe] =
            [false, true].map(|safe| String::from_utf8(pages.document(safe).unwrap()).unwrap());
        assert!(raw.contains('\u{9b}') && safe.contains(r"m\u009b2J"), "{safe}");
        let [raw, safe] = [raw, safe].map(|text| serde_json::from_str::<Json>(&text).unwrap());
        assert_eq!(raw, safe);
    }

    fn document(bodies: &[&str]) -> String {
        let mut pages = PageBodies::default();
        for (number, body) in (1..).zip(bodies) {
            let body = Bytes::copy_from_slice(body.as_bytes());
            pages.add(&PageRead { number, pages: bodies.len() as u64, body: &body });
        }
        String::from_utf8(pages.document(false).unwrap()).unwrap()
    }

    #[test]
    fn pages_become_one_document_with_every_member_as_it_was() {
        let first = r#"{"RequestId":"R-1","New":1.50,"TotalCount":3,"PageSize":2,"PageNumber":1,
            "Images":{"Next":"\u00e9","Image":[{"ImageId":"m-1","Size":40.0},{"ImageId":"m-2"}]}}"#;
        let second = r#"{"RequestId":"R-2","TotalCount":3,"Images":{"Image":[{"ImageId":"m-3"}]}}"#;
        assert_eq!(
            document(&[first, second]),
            "{\"RequestId\":\"R-1\",\"New\":1.50,\"TotalCount\":3,\"PageSize\":3,\"PageNumber\":1,\
             \"Images\":{\"Image\":[\n{\"ImageId\":\"m-1\",\"Size\":40.0},\n{\"ImageId\":\"m-2\"},\n\
             {\"ImageId\":\"m-3\"}\n],\"Next\":\"\\u00e9\"}}\n"
        );
    }

    #[test]
    fn a_page_without_images_is_an_empty_list_in_every_form() {
        for images in [r#"{"Image":[]}"#, "{}", "null", "[]", r#"{"Image":null}"#] {
            let body = format!(r#"{{"TotalCount":0,"Images":{images}}}"#);
            let expected = "{\"TotalCount\":0,\"Images\":{\"Image\":[]}}\n";
            assert_eq!(document(&[&body]), expected, "{images}");
        }
    }

    #[test]
    fn page_1_starts_a_new_list() {
        let body = Bytes::from_static(br#"{"TotalCount":1,"Images":{"Image":[{"ImageId":"m"}]}}"#);
        let mut pages = PageBodies::default();
        for number in [1, 2, 1] {
            pages.add(&PageRead { number, pages: 2, body: &body });
        }
        let document = String::from_utf8(pages.document(false).unwrap()).unwrap();
        assert_eq!(document.matches("ImageId").count(), 1);
    }
}
