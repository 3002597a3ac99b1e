//! A table of images that fits the terminal.
//!
//! On a narrow terminal the name is shortened and columns are left out, the least useful first; the ID
//! stays, since that is what users copy. Where the width is not known, nothing is left out.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::{
    text::{SHOWN, sanitize},
    value::Value,
};

/// The gap between two columns.
const GAP: &str = "  ";

/// The minimum width of the name; other columns are omitted before it becomes narrower.
const NARROWEST_NAME: usize = 16;

/// A column: its heading, the attribute of the image, and when it is omitted.
struct Column {
    heading: &'static str,
    attribute: &'static str,
    /// If the terminal is too narrow, the column with the lowest number is omitted first; one with
    /// `None` is never omitted.
    dropped: Option<u8>,
}

/// The columns after the region, in their order.
const COLUMNS: &[Column] = &[
    Column { heading: "IMAGE ID", attribute: "image_id", dropped: None },
    Column { heading: NAME, attribute: "name", dropped: None },
    Column { heading: "CREATED", attribute: "creation_time", dropped: Some(5) },
    Column { heading: "STATUS", attribute: "status", dropped: Some(3) },
    Column { heading: "OWNER", attribute: "image_owner_alias", dropped: Some(2) },
    Column { heading: "ARCHITECTURE", attribute: "architecture", dropped: Some(4) },
    Column { heading: "GIB", attribute: "size", dropped: Some(1) },
];

/// The column that is shortened first.
const NAME: &str = "NAME";

/// A column of one table: the heading and the cells.
struct Cells {
    heading: &'static str,
    dropped: Option<u8>,
    width: usize,
    texts: Vec<String>,
}

impl Cells {
    fn new(heading: &'static str, dropped: Option<u8>, texts: Vec<String>) -> Self {
        let width = texts.iter().map(|text| text.width()).max().unwrap_or_default();
        Self { heading, dropped, width: width.max(heading.len()), texts }
    }
}

/// The table; empty if there are no rows. `columns` is the width of the terminal; `None` for no
/// limit.
pub(super) fn render(rows: &[(&str, &Value)], with_region: bool, columns: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let region = with_region.then(|| {
        let texts = rows.iter().map(|(region, _)| sanitize(region, SHOWN)).collect();
        Cells::new("REGION", None, texts)
    });
    let of_images = COLUMNS.iter().map(|column| {
        let texts = rows.iter().map(|(_, image)| cell(image.attribute(column.attribute))).collect();
        Cells::new(column.heading, column.dropped, texts)
    });
    let mut cells: Vec<Cells> = region.into_iter().chain(of_images).collect();
    if let Some(columns) = columns {
        fit(&mut cells, columns);
    }
    let mut text = String::new();
    line(&mut text, &cells, |cells| cells.heading, columns);
    for row in 0..rows.len() {
        line(&mut text, &cells, |cells| cells.texts.get(row).map_or("", String::as_str), columns);
    }
    text
}

/// The text of a cell, safe for a terminal.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Number(number) => number.to_string(),
        value => sanitize(value.as_str().unwrap_or_default(), SHOWN),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Shortens the name and omits columns until the table fits into `columns`.
fn fit(cells: &mut Vec<Cells>, columns: usize) {
    let without_name = |cells: &[Cells]| -> usize {
        let others = cells.iter().filter(|cells| cells.heading != NAME);
        others.map(|cells| cells.width + GAP.len()).sum()
    };
    let natural = cells.iter().find(|cells| cells.heading == NAME).map_or(0, |name| name.width);
    while without_name(cells) + natural.min(NARROWEST_NAME) > columns {
        let next = cells.iter().enumerate().filter_map(|(at, cells)| Some((cells.dropped?, at)));
        let Some((_, at)) = next.min() else { break };
        cells.remove(at);
    }
    let left = columns.saturating_sub(without_name(cells));
    if let Some(name) = cells.iter_mut().find(|cells| cells.heading == NAME) {
        name.width = natural.min(left);
    }
    // There is no space even for a part of the name; the ID is more important.
    cells.retain(|cells| cells.width >= cells.heading.len());
}

/// Adds a line, cut at `columns`.
fn line<'a>(
    to: &mut String,
    cells: &'a [Cells],
    text: impl Fn(&'a Cells) -> &'a str,
    columns: Option<usize>,
) {
    let mut whole = String::new();
    for (at, cells) in cells.iter().enumerate() {
        let gap = if at == 0 { "" } else { GAP };
        let shown = cut(text(cells), cells.width);
        let padding = " ".repeat(cells.width.saturating_sub(shown.width()));
        // Writing to a String cannot fail.
        let _ = match cells.heading {
            "GIB" => write!(whole, "{gap}{padding}{shown}"),
            _ => write!(whole, "{gap}{shown}{padding}"),
        };
    }
    let whole = whole.trim_end();
    to.push_str(&columns.map_or_else(|| whole.to_owned(), |columns| cut(whole, columns)));
    to.push('\n');
}

/// `text`, or its beginning with `…` if it is wider than `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for character in text.chars() {
        let mut bytes = [0; 4];
        used += character.encode_utf8(&mut bytes).width();
        if used > width {
            break;
        }
        shown.push(character);
    }
    if width == 0 { shown } else { shown + "…" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image(id: &str, name: &str) -> Value {
        Value::object([
            ("image_id", Value::from(id)),
            ("name", Value::from(name)),
            ("creation_time", Value::from("2026-01-02T03:04:05Z")),
            ("status", Value::from("Available")),
            ("image_owner_alias", Value::from("self")),
            ("architecture", Value::from("x86_64")),
            ("size", Value::from(40)),
        ])
    }

    fn rendered(images: &[Value], with_region: bool, columns: Option<usize>) -> String {
        let rows: Vec<_> = images.iter().map(|image| ("cn-hangzhou", image)).collect();
        render(&rows, with_region, columns)
    }

    #[test]
    fn a_table_has_a_line_for_each_image_below_the_headings() {
        let images = [image("m-1", "镜像"), image("m-22", "")];
        assert_eq!(
            rendered(&images, true, None),
            "REGION       IMAGE ID  NAME  CREATED               STATUS     OWNER  ARCHITECTURE  GIB\n\
             cn-hangzhou  m-1       镜像  2026-01-02T03:04:05Z  Available  self   x86_64         40\n\
             cn-hangzhou  m-22      -     2026-01-02T03:04:05Z  Available  self   x86_64         40\n"
        );
        assert_eq!(rendered(&[], true, Some(80)), "");
    }

    #[test]
    fn the_name_is_shortened_and_columns_are_omitted_but_the_id_stays() {
        let id = "ubuntu_22_04_x64_20G_alibase_20260101.vhd";
        let images = [image(id, id)];
        let headings = |columns| {
            let table = rendered(&images, false, Some(columns));
            let (first, row) = table.split_once('\n').unwrap();
            assert!(row.starts_with(id), "{table}");
            first.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let all = "IMAGE ID NAME CREATED STATUS OWNER ARCHITECTURE GIB";
        assert_eq!(headings(150), all);
        assert_eq!(headings(110), "IMAGE ID NAME CREATED STATUS ARCHITECTURE");
        assert_eq!(headings(82), "IMAGE ID NAME CREATED");
        assert_eq!(headings(60), "IMAGE ID NAME");
        assert_eq!(headings(45), "IMAGE ID");
        let narrow = rendered(&images, false, Some(60));
        assert!(narrow.contains("  ubuntu_22_04_x64…\n"), "{narrow}");
    }

    #[test]
    fn text_of_the_service_has_no_control_characters() {
        let images = [image("m-1", "a\u{1b}[2J\nb\u{202e}c\td")];
        let table = rendered(&images, false, None);
        assert!(table.contains("  a [2J b c d  "), "{table:?}");
        assert_eq!(table.lines().count(), 2);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            names in prop::collection::vec("[ -~日本語é]{0,60}", 1..5),
            columns in 1_usize..160,
            with_region: bool,
        ) {
            let images: Vec<_> = names.iter().map(|name| image("m-bp1", name)).collect();
            for line in rendered(&images, with_region, Some(columns)).lines() {
                prop_assert!(line.width() <= columns, "{columns}: {line:?}");
            }
        }
    }
}
