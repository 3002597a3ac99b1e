//! The JSON schema of fixtures, and a checker for the part of JSON Schema that our two files use.

use serde_json::Value;
use terraform_provider_alicloud::mock::{Config, Seed, Server};

use super::client::{Answer, Call, client};

const SCHEMA: &str = include_str!("../../../docs/mock-ecs-images.schema.json");

/// Checks a value against a schema: `$ref`, `anyOf`, `type`, `enum`, `properties`, `required`,
/// `additionalProperties`, `items`, `minLength`. Any other keyword is an error.
pub(crate) fn check(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{value} {what} of {schema}"));
    for (word, rule) in schema.as_object().ok_or_else(|| format!("{schema} is no schema"))? {
        let fits = match word.as_str() {
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                check(value, root.pointer(path).unwrap_or_else(|| panic!("{path}")), root)?;
                true
            }
            "anyOf" => {
                let options = rule.as_array().unwrap();
                options.iter().any(|option| check(value, option, root).is_ok())
            }
            "type" => match rule {
                Value::Array(types) => types.iter().any(|name| is_a(value, name)),
                name => is_a(value, name),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "required" => {
                let names = rule.as_array().unwrap();
                names.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        check(member, schema, root).map_err(|inner| format!("{name}: {inner}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (name, member) in value.as_object().into_iter().flatten() {
                    if known.is_none_or(|known| !known.contains_key(name)) {
                        match rule {
                            Value::Bool(false) => return wrong(&format!("has a member {name}")),
                            Value::Bool(true) => {}
                            schema => check(member, schema, root)?,
                        }
                    }
                }
                true
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(item, rule, root)?;
                }
                true
            }
            "minLength" => {
                value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap())
            }
            "$schema" | "$id" | "$defs" | "title" | "description" | "examples" => true,
            other => panic!("{other} is not checked"),
        };
        if !fits {
            return wrong(&format!("does not fit {word}"));
        }
    }
    Ok(())
}

fn is_a(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("{other} is not checked"),
    }
}

#[tokio::test]
async fn schema_and_loader_agree_on_fixtures() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let server = Server::start(Config::default()).unwrap();
    let url = format!("{}/_mock/images?region=cn-hangzhou", server.url());
    let builtin = Answer::read(client().get(url).send().await.unwrap()).await.unwrap().body;
    let answer = Call::images(&[("PageSize", "100"), ("Architecture", "i386")])
        .send(server.url())
        .await
        .unwrap()
        .body;
    for good in [
        super::IMAGES,
        &builtin,
        &answer,
        "[]",
        r#"[{"ImageId": "m-1", "Size": "40", "IsCopied": "True", "Tags": {}, "New": [1]}]"#,
    ] {
        let value: Value = serde_json::from_str(good).unwrap();
        check(&value, &schema, &schema).unwrap();
        load(good).unwrap();
    }
    for bad in [
        "{}",
        "[1]",
        r#"[{"ImageName": "a"}]"#,
        r#"[{"ImageId": ""}]"#,
        r#"[{"ImageId": "m-1", "Status": "Gone"}]"#,
        r#"[{"ImageId": "m-1", "ImageOwnerAlias": "nobody"}]"#,
        r#"[{"ImageId": "m-1", "Tags": [1]}]"#,
        r#"{"Images": []}"#,
    ] {
        let value: Value = serde_json::from_str(bad).unwrap();
        assert!(check(&value, &schema, &schema).is_err(), "{bad}");
        assert!(load(bad).is_err(), "{bad}");
    }
}

fn load(text: &str) -> Result<Server, String> {
    let seed = Seed::Json { name: "images.json".into(), region: None, text: text.into() };
    Server::start(Config::default().with_images(seed)).map_err(|cause| cause.to_string())
}
