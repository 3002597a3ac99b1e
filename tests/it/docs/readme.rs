//! The tables of arguments and attributes in README.md.

use std::fmt::Write;

use terraform_provider_alicloud::schema::{Attribute, AttributeKind, Block, NestedBlock, Presence};

use super::{
    assert_file, pages, read,
    schema::{attribute_type, one_line},
};

const BEGIN: &str = "<!-- begin: arguments -->\n";
const END: &str = "<!-- end: arguments -->";

/// The chapter between the markers.
fn tables() -> String {
    let data_sources = pages::data_sources();
    let images = &data_sources["alicloud_images"].block;
    let provider = pages::provider().block;
    let mut text = String::new();
    let arguments = |attribute: &&Attribute| attribute.presence != Presence::Computed;
    let attributes = |attribute: &&Attribute| attribute.presence == Presence::Computed;

    text.push_str("\n### Arguments of `alicloud_images`\n\n");
    table(&mut text, "argument", images.attributes.iter().filter(arguments));
    for nested in &images.blocks {
        block(&mut text, nested);
    }
    text.push_str("\n### Attributes of `alicloud_images`\n\n");
    table(&mut text, "attribute", images.attributes.iter().filter(attributes));
    for attribute in &images.attributes {
        nested(&mut text, &attribute.name, attribute);
    }
    text.push_str(
        "\n### `alicloud_image`\n\nThe same arguments without `must_match`, since the one image must be found; the \
         attributes of\n`images[*]` stand beside them, at the top.\n\n",
    );
    text.push_str(
        "### Arguments of the provider\n\nAll optional; every one of the official provider is accepted.\n\n",
    );
    table(&mut text, "argument", provider.attributes.iter());
    for nested in &provider.blocks {
        block(&mut text, nested);
    }
    text.push('\n');
    text
}

/// Arguments that differ by their names only share a row.
fn table<'a>(text: &mut String, title: &str, attributes: impl Iterator<Item = &'a Attribute>) {
    let mut rows: Vec<(Vec<String>, String)> = Vec::new();
    for attribute in attributes {
        let name = format!("`{}`", attribute.name);
        let meaning = meaning(attribute);
        match rows.iter_mut().find(|(_, known)| *known == meaning) {
            Some((names, _)) => names.push(name),
            None => rows.push((vec![name], meaning)),
        }
    }
    let _ = write!(text, "| {title} | type | meaning |\n|---|---|---|\n");
    for (names, meaning) in rows {
        let _ = writeln!(text, "| {} | {meaning} |", names.join(", "));
    }
}

/// The cells behind the name.
fn meaning(attribute: &Attribute) -> String {
    let mut notes = vec![attribute_type(&attribute.kind)];
    notes.extend((attribute.presence == Presence::Required).then(|| "required".to_owned()));
    notes.extend(attribute.sensitive.then(|| "sensitive".to_owned()));
    let mut description = one_line(&attribute.description);
    if let Some(deprecation) = &attribute.deprecation {
        let _ = write!(description, " **Deprecated:** {}", one_line(deprecation));
    }
    format!("{} | {}", notes.join(", "), description.replace('|', "\\|"))
}

fn block(text: &mut String, nested: &NestedBlock) {
    let Block { attributes, blocks, description, .. } = &nested.block;
    let _ = write!(text, "\nBlock `{}`: {}\n\n", nested.name, one_line(description));
    if !attributes.is_empty() {
        table(text, "argument", attributes.iter());
    }
    for inner in blocks {
        block(text, inner);
    }
}

/// The attributes of the objects that an attribute holds, and of those within them.
fn nested(text: &mut String, path: &str, attribute: &Attribute) {
    let AttributeKind::Nested { attributes, .. } = &attribute.kind else { return };
    let _ = write!(text, "\nAttributes of `{path}`:\n\n");
    table(text, "attribute", attributes.iter());
    for inner in attributes {
        nested(text, &format!("{path}.{}", inner.name), inner);
    }
}

#[test]
fn the_tables_of_the_readme_are_those_of_the_schema() {
    let readme = read("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("the marker that begins the tables");
    let (_, after) = rest.split_once(END).expect("the marker that ends the tables");
    assert_file("README.md", &format!("{before}{BEGIN}{}{END}{after}", tables()));
}

#[test]
fn the_one_image_has_the_same_arguments_but_must_match() {
    let data_sources = pages::data_sources();
    let arguments = |name: &str| -> Vec<String> {
        let attributes = data_sources[name].block.attributes.iter();
        let given = attributes.filter(|attribute| attribute.presence != Presence::Computed);
        given.map(|attribute| attribute.name.to_string()).collect()
    };
    let mut images = arguments("alicloud_images");
    images.retain(|name| name != "must_match" && name != "id");
    assert_eq!(arguments("alicloud_image"), images);
}
