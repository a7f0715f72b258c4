//! The shapes of all events, as JSON Schema has them (2020-12), out of the types themselves.

use cqrs_es::Aggregate;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use crate::{
    Configured, ai_provider::AiProvider, bulk_decision::BulkDecision, case::Case, chat::Chat,
    closing::Closing, completion::Completion, document::Document, embedding::Embedding,
    export::Export, ingest::Ingest, key::Key, moderation_policy::ModerationPolicy, policy::Policy,
    project::Project, quota::Quota, rag_session::RagSession, reading::Reading, secret::Secret,
    session::Session, thread::Thread, user::User, webhook::Webhook,
};

/// Every sort of event.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// What the schemas refer to, as `#/$defs/…`.
    pub definitions: Map<String, Value>,
    /// By aggregate, in the order of the code.
    pub events: Vec<EventSchema>,
}

/// One sort of event.
#[derive(Clone, Debug)]
pub struct EventSchema {
    /// Whose.
    pub aggregate_type: &'static str,
    /// Its stable name.
    pub event_type: String,
    /// The schema of its fields.
    pub schema: Value,
}

/// The schemas of all events.
#[must_use]
pub fn catalogue() -> Catalogue {
    let mut writer = Writer {
        generator: SchemaSettings::draft2020_12().into_generator(),
        enums: vec![],
    };
    writer.add::<Thread>();
    writer.add::<Completion>();
    writer.add::<Embedding>();
    writer.add::<User>();
    writer.add::<Key>();
    writer.add::<Case>();
    writer.add::<BulkDecision>();
    writer.add::<Session>();
    writer.add::<RagSession>();
    writer.add::<Ingest>();
    writer.add::<Quota>();
    writer.add::<Closing>();
    writer.add::<Reading>();
    writer.add::<Export>();
    writer.add::<ModerationPolicy>();
    writer.add_configured::<AiProvider>();
    writer.add_configured::<Chat>();
    writer.add_configured::<Document>();
    writer.add_configured::<Policy>();
    writer.add_configured::<Project>();
    writer.add_configured::<Secret>();
    writer.add_configured::<Webhook>();
    writer.finish()
}

struct Writer {
    generator: SchemaGenerator,
    enums: Vec<(&'static str, String)>,
}

impl Writer {
    fn add<A: Aggregate<Event: JsonSchema>>(&mut self) {
        let reference = self.generator.subschema_for::<A::Event>().to_value();
        let name = reference["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        self.enums
            .push((A::TYPE, name.unwrap_or_default().to_owned()));
    }

    fn add_configured<A: Configured + Aggregate<Event: JsonSchema>>(&mut self) {
        self.add::<A>();
    }

    /// Events are stored externally tagged: each variant is an object with its name and its fields.
    fn finish(mut self) -> Catalogue {
        let mut definitions = self.generator.take_definitions(true);
        let mut events = vec![];
        for (aggregate_type, name) in self.enums {
            let of_enum = definitions.remove(&name).unwrap_or_default();
            for variant in of_enum["oneOf"].as_array().into_iter().flatten() {
                let fields = variant["properties"].as_object();
                for (event_type, schema) in fields.into_iter().flatten() {
                    let mut schema = schema.clone();
                    if let (Some(says), Value::Object(schema)) =
                        (variant.get("description"), &mut schema)
                    {
                        schema.entry("description").or_insert_with(|| says.clone());
                    }
                    events.push(EventSchema {
                        aggregate_type,
                        event_type: event_type.clone(),
                        schema,
                    });
                }
            }
        }
        Catalogue {
            definitions,
            events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_of;

    #[test]
    fn every_event_has_a_schema_and_every_reference_leads_somewhere() {
        let catalogue = catalogue();
        let of = |name: &str| {
            catalogue
                .events
                .iter()
                .filter(|event| event.aggregate_type == name)
                .count()
        };
        assert!(
            of("thread") >= 19 && of("user") >= 9 && of("chat") >= 2,
            "{catalogue:?}"
        );
        let text = format!("{:?}{:?}", catalogue.definitions, catalogue.events);
        for reference in text.split("#/$defs/").skip(1) {
            let name: String = reference
                .chars()
                .take_while(|c| c.is_alphanumeric())
                .collect();
            assert!(catalogue.definitions.contains_key(&name), "{name}");
        }
    }

    #[test]
    fn content_is_in_the_schemas() {
        let catalogue = catalogue();
        for event in &catalogue.events {
            let mut schema = &event.schema;
            if let Some(path) = schema["$ref"].as_str() {
                schema = &catalogue.definitions[path.rsplit('/').next().unwrap()];
            }
            for path in content_of(event.aggregate_type, &event.event_type) {
                let field = path.split('.').next().unwrap();
                assert!(
                    schema["properties"].get(field).is_some(),
                    "{} has no {field}",
                    event.event_type
                );
            }
        }
    }
}
