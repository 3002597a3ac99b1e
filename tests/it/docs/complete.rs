//! The override of the example module with complete objects, which OpenTofu requires. It is generated, so that it
//! contains every new field.

use std::fmt::Write;

use terraform_provider_alicloud::value::Kind;

use super::{assert_file, pages};

const PATH: &str = "examples/terraform-test/tests/complete.tftest.hcl";

const HEAD: &str = r#"# The same with every field of an image, as OpenTofu requires it. Generated from the schema.
# The override is part of the run: OpenTofu would keep it for the files that follow otherwise.

run "a_complete_image_is_used" {
  override_data {
    target = data.alicloud_images.releases
    values = {
      images = [
        {
"#;

const TAIL: &str = r#"        },
      ]
    }
  }

  assert {
    condition     = output.image_id == "m-new" && output.name == "web-server-2025.12"
    error_message = "${output.image_id}, ${output.name} is used instead."
  }
}
"#;

/// An empty value of a type, on one line. A list of objects has one object.
fn empty(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "false".into(),
        Kind::Number => "0".into(),
        Kind::Map(_) => "{}".into(),
        Kind::List(element) if matches!(**element, Kind::Object(_)) => {
            format!("[{}]", empty(element))
        }
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => "[]".into(),
        Kind::Object(members) => {
            let members = members.iter().map(|(name, kind)| format!("{name} = {}", empty(kind)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Kind::Dynamic | Kind::String => "\"\"".into(),
    }
}

#[test]
fn the_override_with_complete_objects_has_every_field() {
    let schema = &pages::data_sources()["alicloud_images"];
    let Kind::Object(attributes) = schema.kind() else { panic!("the block is an object") };
    let Kind::List(image) = &attributes["images"] else { panic!("images is a list") };
    let Kind::Object(fields) = &**image else { panic!("an image is an object") };
    let width = fields.keys().map(|name| name.len()).max().unwrap();
    let mut text = HEAD.to_owned();
    for (name, kind) in fields {
        let value = match &**name {
            "id" | "image_id" => "\"m-new\"".into(),
            "name" => "\"web-server-2025.12\"".into(),
            _ => empty(kind),
        };
        writeln!(text, "          {name:width$} = {value}").unwrap();
    }
    text.push_str(TAIL);
    assert_file(PATH, &text);
}
