//! The pages under `docs/`, each generated from its template.

use std::collections::BTreeMap;

use terraform_provider_alicloud::{
    alicloud::variables::ALL,
    contract::Provider,
    ctx::fixed::Fixed,
    provider::Alicloud,
    schema::{Attribute, Block, Presence, Schema},
};

use super::{
    assert_file, files, read,
    schema::{markdown, one_line},
    template,
};

/// The size of the longest page that the registry shows completely, in bytes.
const LIMIT: usize = 500_000;

/// The data sources that exist only in builds for measurements.
const UNDOCUMENTED: [&str; 2] = ["alicloud_images_in_memory", "alicloud_nothing"];

fn alicloud() -> Alicloud {
    Alicloud::new(Fixed::default().ctx(), env!("CARGO_PKG_VERSION"))
}

/// The schema of the `provider` block.
pub(super) fn provider() -> Schema {
    alicloud().schema()
}

/// The schemas of the data sources, by name.
pub(super) fn data_sources() -> BTreeMap<&'static str, Schema> {
    let sources = alicloud().data_sources().into_iter();
    let documented = sources.filter(|source| !UNDOCUMENTED.contains(&source.name()));
    documented.map(|source| (source.name(), source.schema())).collect()
}

/// The template of a data source that has none in `templates/data-sources`; NAME is its name, and
/// SUMMARY its description in one line.
const DATA_SOURCE: &str = r#"---
page_title: "NAME Data Source - alicloud"
subcategory: ""
description: |-
  SUMMARY
---

# NAME (Data Source)

{{ .Description }}

{{ .SchemaMarkdown }}
"#;

/// The page of a data source without a template of its own.
fn plain_page(name: &str, schema: &Schema) -> String {
    let summary = one_line(&schema.block.description);
    let template = DATA_SOURCE.replace("NAME", name).replace("SUMMARY", &summary);
    template::fill(&template, Some(schema)).unwrap()
}

/// Every page, generated: its path and its text.
pub(super) fn pages() -> Vec<(String, String)> {
    let (provider, data_sources) = (provider(), data_sources());
    let templates = files("templates");
    let pages = templates.iter().map(|path| {
        let page = path
            .strip_prefix("templates/")
            .and_then(|path| path.strip_suffix(".tmpl"))
            .unwrap_or_else(|| panic!("{path} is no template"));
        let data_source =
            page.strip_prefix("data-sources/").and_then(|page| page.strip_suffix(".md"));
        let described = match data_source {
            Some(name) => Some(&data_sources[&*format!("alicloud_{name}")]),
            None => (page == "index.md").then_some(&provider),
        };
        let text = template::fill(&read(path), described);
        (format!("docs/{page}"), text.unwrap_or_else(|error| panic!("{path}: {error}")))
    });
    let plain = data_sources.iter().filter_map(|(name, schema)| {
        let page = format!("data-sources/{}.md", name.strip_prefix("alicloud_")?);
        let has_template = templates.contains(&format!("templates/{page}.tmpl"));
        (!has_template).then(|| (format!("docs/{page}"), plain_page(name, schema)))
    });
    pages.chain(plain).collect()
}

#[test]
fn every_page_equals_the_output_of_its_template() {
    let pages = pages();
    for (path, text) in &pages {
        assert_file(path, text);
    }
    let made: Vec<&String> = pages.iter().map(|(path, _)| path).collect();
    let folders = ["docs/data-sources", "docs/guides"];
    let strays: Vec<_> = folders
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|file| !made.contains(&file))
        .collect();
    assert!(strays.is_empty(), "no template makes {strays:?}");
}

#[test]
fn every_data_source_has_a_page_with_or_without_a_template() {
    let pages = pages();
    for (name, schema) in data_sources() {
        let path = format!("docs/data-sources/{}.md", name.strip_prefix("alicloud_").unwrap());
        let (_, page) = pages.iter().find(|(page, _)| *page == path).expect(&path);
        let has_template =
            files("templates").contains(&format!("{}.tmpl", path.replace("docs", "templates")));
        assert_eq!(*page == plain_page(name, &schema), !has_template, "{path}");
        // Both have the same head and the same schema.
        let title = format!("page_title: \"{name} Data Source - alicloud\"\nsubcategory: \"\"\n");
        for page in [page, &plain_page(name, &schema)] {
            assert!(page.starts_with(&format!("---\n{title}description: |-\n  ")), "{page}");
            assert!(page.ends_with(&format!("{}\n", markdown(&schema.block))), "{page}");
        }
    }
}

/// The attribute at a path such as `assume_role.role_arn`.
fn attribute<'a>(block: &'a Block, path: &str) -> Option<&'a Attribute> {
    match path.split_once('.') {
        Some((name, rest)) => {
            let nested = block.blocks.iter().find(|nested| nested.name == name)?;
            attribute(&nested.block, rest)
        }
        None => block.attributes.iter().find(|attribute| attribute.name == path),
    }
}

#[test]
fn the_argument_of_every_variable_has_its_meaning_and_names_it() {
    let schema = provider();
    for variable in ALL.iter().filter(|variable| !variable.argument.is_empty()) {
        let path = variable.argument;
        let attribute = attribute(&schema.block, path).unwrap_or_else(|| panic!("no {path}"));
        let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
        let names = format!("Environment: {}", names.join(", "));
        let description = &attribute.description;
        assert!(description.starts_with(variable.meaning), "{path}: {description}");
        assert!(description.contains(&names), "{path}: {description}");
    }
}

#[test]
fn every_page_has_the_front_matter_of_the_registry() {
    for (path, text) in pages() {
        assert!(text.len() < LIMIT, "{path} has {} bytes", text.len());
        let (front_matter, body) = text
            .strip_prefix("---\n")
            .and_then(|text| text.split_once("\n---\n\n"))
            .unwrap_or_else(|| panic!("{path} has no front matter"));
        let keys: Vec<&str> = front_matter
            .lines()
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split_once(':').map_or(line, |(key, _)| key))
            .collect();
        // The registry refuses a subcategory on the provider's own page.
        let expected: &[&str] = match &*path {
            "docs/index.md" => &["page_title", "description"],
            _ => &["page_title", "subcategory", "description"],
        };
        assert_eq!(keys, expected, "{path}");
        assert!(body.starts_with("# "), "{path} has no title");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}: line feeds at the end");
    }
}

#[test]
fn every_example_is_shown_on_a_page() {
    let templates: String = files("templates").iter().map(|path| read(path)).collect();
    let folders =
        ["examples/provider", "examples/data-sources", "examples/shell", "examples/terraform-test"];
    for example in folders.iter().flat_map(|folder| files(folder)) {
        assert!(templates.contains(&format!("\"{example}\"")), "{example} is on no page");
    }
}

#[test]
fn alicloud_image_has_the_same_arguments_except_must_match() {
    let data_sources = data_sources();
    let arguments = |name: &str| -> Vec<String> {
        let attributes = data_sources[name].block.attributes.iter();
        let given = attributes.filter(|attribute| attribute.presence != Presence::Computed);
        given.map(|attribute| attribute.name.to_string()).collect()
    };
    let mut images = arguments("alicloud_images");
    images.retain(|name| name != "must_match" && name != "id");
    assert_eq!(arguments("alicloud_image"), images);
}
