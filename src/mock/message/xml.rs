//! JSON answers as XML: members become elements, lists repeat theirs. Source: ECS API,
//! DescribeImages, sample answers.

use serde_json::Value;

/// The same content under this root element.
pub(crate) fn from_json(root: &str, json: &str) -> String {
    let value = serde_json::from_str(json).unwrap_or(Value::Null);
    let mut xml = String::with_capacity(json.len() * 3 / 2);
    xml.push_str("<?xml version='1.0' encoding='UTF-8'?>");
    append(root, &value, &mut xml);
    xml
}

fn append(name: &str, value: &Value, xml: &mut String) {
    if let Value::Array(items) = value {
        for item in items {
            append(name, item, xml);
        }
        return;
    }
    let name = Element(name);
    name.open(xml);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                append(name, value, xml);
            }
        }
        Value::String(text) => append_text(text, xml),
        Value::Null | Value::Array(_) => {}
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    }
    name.close(xml);
}

/// The name of an element; what XML does not allow in one becomes `_`.
struct Element<'a>(&'a str);

impl Element<'_> {
    fn open(&self, xml: &mut String) {
        xml.push('<');
        self.append(xml);
        xml.push('>');
    }

    fn close(&self, xml: &mut String) {
        xml.push_str("</");
        self.append(xml);
        xml.push('>');
    }

    fn append(&self, xml: &mut String) {
        if !self.0.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            xml.push('_');
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        xml.extend(self.0.chars().map(|c| if allowed(c) { c } else { '_' }));
    }
}

fn append_text(text: &str, xml: &mut String) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' => xml.push(character),
            // XML 1.0 has no way to write these.
            '\0'..=' ' if character != ' ' => xml.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_repeat_their_element_and_text_is_escaped() {
        let json = r#"{"Images": {"Image": [{"A": "<&>\u0001"}, {"A": 1.50, "B": true}]}, "Tags": {"Tag": []}, "N": null}"#;
        let xml = from_json("R", json);
        let (_, body) = xml.split_once("?>").unwrap();
        assert_eq!(
            body,
            "<R><Images><Image><A>&lt;&amp;&gt;\u{fffd}</A></Image><Image><A>1.50</A><B>true</B></Image></Images><N></N><Tags></Tags></R>"
        );
    }
}
