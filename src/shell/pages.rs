//! Several pages of DescribeImages as one document, with every member as the service wrote it.

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value as Json, value::RawValue};

use crate::alicloud::PageRead;

/// The bodies of the pages of one lookup.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Vec<Bytes>);

impl Pages {
    /// Keeps a page. Page 1 begins the list again.
    pub(super) fn add(&mut self, page: &PageRead<'_>) {
        if page.number == 1 {
            self.0.clear();
        }
        self.0.push(page.body.clone());
    }

    /// One document: the members of the first page, with the images of all pages, one a line, and a
    /// `PageSize` that holds them.
    ///
    /// # Errors
    ///
    /// Where a page is not such a response; the client has read them all, so none is.
    pub(super) fn document(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut images: Vec<&RawValue> = Vec::new();
        let mut first = None;
        for body in &self.0 {
            let page: Members<'_> = serde_json::from_slice(body)?;
            images.extend(page.images()?);
            first.get_or_insert(page);
        }
        let first = first.unwrap_or_default();
        // Room for all: whole bodies are copied once, and no more.
        let mut document = Vec::with_capacity(self.0.iter().map(Bytes::len).sum());
        let mut separator = "{";
        for (name, value) in &first.0 {
            write(&mut document, [separator, &quoted(name), ":"]);
            match &**name {
                "Images" => write_images(&mut document, value, &images)?,
                "PageSize" => write(&mut document, [&*images.len().max(1).to_string()]),
                _ => write(&mut document, [value.get()]),
            }
            separator = ",";
        }
        write(&mut document, ["}\n"]);
        Ok(document)
    }
}

/// Writes the member `Images` of the first page, with the images of all pages.
fn write_images(
    to: &mut Vec<u8>,
    first: &RawValue,
    images: &[&RawValue],
) -> Result<(), serde_json::Error> {
    write(to, ["{\"Image\":["]);
    let mut separator = "\n";
    for image in images {
        write(to, [separator, image.get()]);
        separator = ",\n";
    }
    write(to, [if images.is_empty() { "]" } else { "\n]" }]);
    let others: Members<'_> = match first.get().starts_with('{') {
        true => serde_json::from_str(first.get())?,
        false => Members::default(),
    };
    for (name, value) in others.0.iter().filter(|(name, _)| &**name != "Image") {
        write(to, [",", &quoted(name), ":", value.get()]);
    }
    write(to, ["}"]);
    Ok(())
}

fn write<const N: usize>(to: &mut Vec<u8>, parts: [&str; N]) {
    parts.iter().for_each(|part| to.extend_from_slice(part.as_bytes()));
}

/// A name as a JSON string.
fn quoted(name: &str) -> String {
    Json::from(name).to_string()
}

/// The members of an object in their order, not read.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| *value)
    }

    /// The images of a page. The service writes `{"Image": [...]}`; the client accepts a list
    /// without it, and null, as well.
    fn images(&self) -> Result<Vec<&'a RawValue>, serde_json::Error> {
        let images = self.get("Images").map_or("null", RawValue::get);
        let list = match images.starts_with('{') {
            true => {
                let members: Members<'a> = serde_json::from_str(images)?;
                members.get("Image").map_or("null", RawValue::get)
            }
            false => images,
        };
        Ok(serde_json::from_str::<Option<Vec<&'a RawValue>>>(list)?.unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(bodies: &[&str]) -> String {
        let mut pages = Pages::default();
        for (number, body) in (1..).zip(bodies) {
            let body = Bytes::copy_from_slice(body.as_bytes());
            pages.add(&PageRead { number, pages: bodies.len() as u64, body: &body });
        }
        String::from_utf8(pages.document().unwrap()).unwrap()
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
    fn a_page_without_images_is_an_empty_list_in_every_spelling() {
        for images in [r#"{"Image":[]}"#, "{}", "null", "[]", r#"{"Image":null}"#] {
            let body = format!(r#"{{"TotalCount":0,"Images":{images}}}"#);
            let expected = "{\"TotalCount\":0,\"Images\":{\"Image\":[]}}\n";
            assert_eq!(document(&[&body]), expected, "{images}");
        }
    }

    #[test]
    fn page_1_begins_again() {
        let body = Bytes::from_static(br#"{"TotalCount":1,"Images":{"Image":[{"ImageId":"m"}]}}"#);
        let mut pages = Pages::default();
        for number in [1, 2, 1] {
            pages.add(&PageRead { number, pages: 2, body: &body });
        }
        let document = String::from_utf8(pages.document().unwrap()).unwrap();
        assert_eq!(document.matches("ImageId").count(), 1);
    }
}
