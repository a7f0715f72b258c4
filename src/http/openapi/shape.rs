//! Shapes of JSON, as JSON Schema has them: what a field may be, and what of an object is always there.

use serde_json::Value;
use utoipa::openapi::{
    Array, Object, Ref, RefOr, Schema, SchemaFormat, Type,
    schema::{AdditionalProperties, AnyOfBuilder, SchemaType},
};

/// A shape. Made small, and refined by what is said of it.
#[derive(Clone, PartialEq)]
pub(in crate::http) struct Shape(RefOr<Schema>);

impl Shape {
    /// Any text.
    pub(in crate::http) fn text() -> Self {
        Self::of(Type::String)
    }

    /// One of these words.
    pub(in crate::http) fn word(words: &[&str]) -> Self {
        let values = words.iter().map(|word| Value::from(*word)).collect();
        Self::text().with(|object| object.enum_values = Some(values))
    }

    /// ISO 8601.
    pub(in crate::http) fn time() -> Self {
        Self::text().format("date-time")
    }

    /// A UUID with its hyphens.
    pub(in crate::http) fn uuid() -> Self {
        Self::text().format("uuid")
    }

    /// A whole number.
    pub(in crate::http) fn integer() -> Self {
        Self::of(Type::Integer)
    }

    /// A number.
    pub(in crate::http) fn number() -> Self {
        Self::of(Type::Number)
    }

    /// Yes or no.
    pub(in crate::http) fn boolean() -> Self {
        Self::of(Type::Boolean)
    }

    /// Nothing but `null`.
    pub(in crate::http) fn null() -> Self {
        Self::of(Type::Null)
    }

    /// Anything.
    pub(in crate::http) fn anything() -> Self {
        let mut object = Object::new();
        object.schema_type = SchemaType::AnyValue;
        Self(RefOr::T(Schema::Object(object)))
    }

    /// A list of such.
    pub(in crate::http) fn list(of: Self) -> Self {
        Self(RefOr::T(Schema::Array(Array::new(of.0))))
    }

    /// An object with no other fields than those that are named.
    pub(in crate::http) fn closed() -> Self {
        let none = Box::new(AdditionalProperties::FreeForm(false));
        Self::open().with(|object| object.additional_properties = Some(none))
    }

    /// An object whose other fields nobody reads.
    pub(in crate::http) fn open() -> Self {
        Self::of(Type::Object)
    }

    /// An object whose fields, whatever their names, are all such.
    pub(in crate::http) fn map(of: Self) -> Self {
        let of = Box::new(AdditionalProperties::RefOr(of.0));
        Self::open().with(|object| object.additional_properties = Some(of))
    }

    /// A shape that is described elsewhere, by this name.
    pub(in crate::http) fn named(name: &str) -> Self {
        Self(RefOr::Ref(Ref::from_schema_name(name)))
    }

    /// One of these.
    pub(in crate::http) fn any_of(shapes: impl IntoIterator<Item = Self>) -> Self {
        let any = AnyOfBuilder::new();
        let any = shapes.into_iter().fold(any, |any, one| any.item(one.0));
        Self(any.into())
    }

    fn of(kind: Type) -> Self {
        Self(RefOr::T(Schema::Object(Object::with_type(kind))))
    }

    fn with(mut self, change: impl FnOnce(&mut Object)) -> Self {
        if let RefOr::T(Schema::Object(object)) = &mut self.0 {
            change(object);
        }
        self
    }

    /// Or `null`.
    pub(in crate::http) fn or_null(self) -> Self {
        match &self.0 {
            RefOr::T(Schema::Object(object)) if object.enum_values.is_none() => {
                self.with(|object| {
                    if let SchemaType::Type(kind) = object.schema_type.clone() {
                        object.schema_type = SchemaType::from_iter([kind, Type::Null]);
                    }
                })
            }
            _ => Self::any_of([self, Self::null()]),
        }
    }

    /// What it means.
    pub(in crate::http) fn says(mut self, sentence: &str) -> Self {
        let sentence = sentence.to_owned();
        match &mut self.0 {
            RefOr::Ref(name) => name.description = sentence,
            RefOr::T(Schema::Array(list)) => list.description = Some(sentence),
            RefOr::T(Schema::Object(object)) => object.description = Some(sentence),
            RefOr::T(Schema::AnyOf(any)) => any.description = Some(sentence),
            RefOr::T(_) => {}
        }
        self
    }

    pub(in crate::http) fn format(self, format: &str) -> Self {
        let format = SchemaFormat::Custom(format.to_owned());
        self.with(|object| object.format = Some(format))
    }

    /// A regular expression (ECMA-262) that the text matches.
    pub(in crate::http) fn pattern(self, pattern: &str) -> Self {
        self.with(|object| object.pattern = Some(pattern.to_owned()))
    }

    /// So many characters.
    pub(in crate::http) fn length(self, least: usize, most: usize) -> Self {
        self.with(|object| {
            object.min_length = Some(least);
            object.max_length = Some(most);
        })
    }

    /// No less than this.
    pub(in crate::http) fn at_least(self, least: i64) -> Self {
        self.with(|object| object.minimum = Some(least.into()))
    }

    /// No more than this.
    pub(in crate::http) fn at_most(self, most: i64) -> Self {
        self.with(|object| object.maximum = Some(most.into()))
    }

    /// What holds when nothing is said.
    pub(in crate::http) fn default(self, value: impl Into<Value>) -> Self {
        self.with(|object| object.default = Some(value.into()))
    }

    /// A text that stands for bytes (RFC 4648).
    pub(in crate::http) fn encoded(self, encoding: &str) -> Self {
        self.with(|object| object.content_encoding = encoding.to_owned())
    }

    /// A text that is itself JSON, of this shape.
    pub(in crate::http) fn holding(self, shape: Self) -> Self {
        self.with(|object| {
            object.content_media_type = "application/json".to_owned();
            object.content_schema = Some(Box::new(shape.0));
        })
    }

    /// A field that is always there.
    pub(in crate::http) fn has(self, name: &str, shape: Self) -> Self {
        self.may(name, shape)
            .with(|object| object.required.push(name.to_owned()))
    }

    /// A field that may be there.
    pub(in crate::http) fn may(self, name: &str, shape: Self) -> Self {
        self.with(|object| {
            object.properties.insert(name.to_owned(), shape.0);
        })
    }
}

impl From<Shape> for RefOr<Schema> {
    fn from(shape: Shape) -> Self {
        shape.0
    }
}
