//! Whether JSON is what a shipped schema describes, no member less and none more.

use jsonschema::Validator;
use relayscope::report::schema::REPORT;
use serde_json::Value;

use super::{Record, report_of_records};

/// The schema with every object closed: the shipped one is open, so that members can be added.
pub(crate) fn closed(schema: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(schema).expect("JSON");
    close(&mut schema);
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn close(schema: &mut Value) {
    if let Value::Array(list) = schema {
        list.iter_mut().for_each(close);
    }
    let Value::Object(members) = schema else {
        return;
    };
    if members.contains_key("required") && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    members.values_mut().for_each(close);
}

/// What is wrong with a value, and where.
pub(crate) fn wrong(schema: &Validator, value: &Value) -> Vec<String> {
    let told = schema.iter_errors(value);
    told.map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

pub(crate) fn assert_fits(schema: &Validator, value: &Value, what: &str) {
    let wrong = wrong(schema, value);
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}

/// The report of these records, which fits the schema.
pub(crate) fn report(records: &[Record]) -> Value {
    let report = report_of_records(records);
    assert_fits(&closed(REPORT), &report, "the report");
    report
}
