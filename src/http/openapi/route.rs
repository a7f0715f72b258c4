//! One method of one path: what it takes, and every status that it answers with.

use std::collections::BTreeMap;

use utoipa::openapi::{
    Content, Header, HttpMethod, PathItem, Required, Response,
    path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    security::SecurityRequirement,
};

use super::shape::Shape;

/// The media type of JSON.
pub(in crate::http) const JSON: &str = "application/json";
/// The media type of server-sent events.
pub(in crate::http) const EVENTS: &str = "text/event-stream";
/// The media type of JSON objects, one a line.
pub(in crate::http) const LINES: &str = "application/x-ndjson";

/// Headers of answers, and what they say.
const HEADERS: [(&str, &str); 12] = [
    ("Allow", "The methods that this path takes."),
    (
        "Link",
        "The first, previous, next and last page (RFC 8288).",
    ),
    ("Retry-After", "Seconds after which to try again."),
    ("WWW-Authenticate", "How to say who one is."),
    (
        "X-Accel-Buffering",
        "Tells proxies not to hold the stream back.",
    ),
    (
        "X-Colloquy-Position",
        "Where in the log the answer stands; `min_position` of a later read.",
    ),
    (
        "X-Colloquy-Stale",
        "`1`: the answer may not show what was written last.",
    ),
    ("X-Error", "`provider`: the reply is an error's sentence."),
    ("X-Result-Count", "Rows on all pages."),
    (
        "X-Should-Retry",
        "`false`: it would be the same again, and cost again.",
    ),
    ("X-Thread", "The thread that the answer is kept in."),
    ("X-Total-Count", "Rows of the whole list."),
];

/// An operation.
#[derive(Clone)]
pub(in crate::http) struct Route {
    pub(super) method: HttpMethod,
    pub(super) path: String,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: Option<String>,
    parameters: Vec<Parameter>,
    body: Vec<(&'static str, Shape)>,
    answers: BTreeMap<u16, Answer>,
    schemes: Vec<&'static str>,
}

/// What a status says.
#[derive(Clone, Default)]
struct Answer {
    sentences: Vec<&'static str>,
    contents: Vec<(&'static str, Vec<Shape>)>,
    headers: Vec<&'static str>,
}

impl Route {
    pub(in crate::http) fn new(method: HttpMethod, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            id: "",
            tag: "",
            summary: "",
            description: None,
            parameters: vec![],
            body: vec![],
            answers: BTreeMap::new(),
            schemes: vec![],
        }
    }

    pub(in crate::http) fn get(path: impl Into<String>) -> Self {
        Self::new(HttpMethod::Get, path)
    }

    pub(in crate::http) fn post(path: impl Into<String>) -> Self {
        Self::new(HttpMethod::Post, path)
    }

    /// Its name in client libraries, and what it does.
    pub(in crate::http) fn named(
        mut self,
        tag: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        (self.tag, self.id, self.summary) = (tag, id, summary);
        self
    }

    /// What else there is to know.
    pub(in crate::http) fn says(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }

    /// A part of the path.
    pub(in crate::http) fn segment(self, name: &str, shape: Shape, sentence: &str) -> Self {
        self.parameter(name, ParameterIn::Path, Required::True, shape, sentence)
    }

    /// A parameter of the query that may be given.
    pub(in crate::http) fn query(self, name: &str, shape: Shape, sentence: &str) -> Self {
        self.parameter(name, ParameterIn::Query, Required::False, shape, sentence)
    }

    /// A parameter of the query that must be given.
    pub(in crate::http) fn must_query(self, name: &str, shape: Shape, sentence: &str) -> Self {
        self.parameter(name, ParameterIn::Query, Required::True, shape, sentence)
    }

    /// A header that may be given.
    pub(in crate::http) fn header(self, name: &str, shape: Shape, sentence: &str) -> Self {
        self.parameter(name, ParameterIn::Header, Required::False, shape, sentence)
    }

    fn parameter(
        mut self,
        name: &str,
        place: ParameterIn,
        required: Required,
        shape: Shape,
        sentence: &str,
    ) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description(Some(sentence))
            .schema(Some(shape));
        self.parameters.push(parameter.build());
        self
    }

    /// What is sent, as this media type.
    pub(in crate::http) fn takes(mut self, media: &'static str, shape: Shape) -> Self {
        self.body.push((media, shape));
        self
    }

    /// A status without a body; or another reason for one with a body.
    pub(in crate::http) fn status(mut self, status: u16, sentence: &'static str) -> Self {
        self.answers
            .entry(status)
            .or_default()
            .sentences
            .push(sentence);
        self
    }

    /// A status with JSON.
    pub(in crate::http) fn json(self, status: u16, sentence: &'static str, shape: Shape) -> Self {
        self.status(status, sentence).content(status, JSON, shape)
    }

    /// A body that a status may also have.
    pub(in crate::http) fn content(
        mut self,
        status: u16,
        media: &'static str,
        shape: Shape,
    ) -> Self {
        let contents = &mut self.answers.entry(status).or_default().contents;
        match contents.iter_mut().find(|(known, _)| *known == media) {
            Some((_, shapes)) if shapes.contains(&shape) => {}
            Some((_, shapes)) => shapes.push(shape),
            None => contents.push((media, vec![shape])),
        }
        self
    }

    /// Headers that a status comes with, or may come with.
    pub(in crate::http) fn with(mut self, status: u16, headers: &[&'static str]) -> Self {
        let known = &mut self.answers.entry(status).or_default().headers;
        for header in headers {
            if !known.contains(header) {
                known.push(header);
            }
        }
        self
    }

    /// One of these ways to say who one is; none of them: anybody may ask.
    pub(in crate::http) fn secured(mut self, schemes: &[&'static str]) -> Self {
        self.schemes = schemes.to_vec();
        self
    }

    /// What of another operation may come here, too: all it takes and all it answers.
    pub(in crate::http) fn or(mut self, other: &Self) -> Self {
        for parameter in &other.parameters {
            let known = |own: &Parameter| own.name == parameter.name;
            if !self.parameters.iter().any(known) {
                self.parameters.push(parameter.clone());
            }
        }
        for (media, shape) in &other.body {
            match self.body.iter_mut().find(|(known, _)| known == media) {
                Some((_, own)) => *own = Shape::any_of([own.clone(), shape.clone()]),
                None => self.body.push((media, shape.clone())),
            }
        }
        for (status, answer) in &other.answers {
            for sentence in &answer.sentences {
                if !self.sentences(*status).contains(sentence) {
                    self = self.status(*status, sentence);
                }
            }
            for (media, shapes) in &answer.contents {
                for shape in shapes {
                    self = self.content(*status, media, shape.clone());
                }
            }
            self = self.with(*status, &answer.headers);
        }
        self
    }

    fn sentences(&self, status: u16) -> &[&'static str] {
        self.answers
            .get(&status)
            .map_or(&[], |answer| &answer.sentences)
    }

    pub(super) fn into_item(self) -> PathItem {
        let operation = OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .description(self.description)
            .parameters((!self.parameters.is_empty()).then_some(self.parameters));
        let operation = match self.body.is_empty() {
            true => operation,
            false => {
                let body = RequestBodyBuilder::new().required(Some(Required::True));
                let body = self.body.into_iter().fold(body, |body, (media, shape)| {
                    body.content(media, Content::new(Some(shape)))
                });
                operation.request_body(Some(body.build()))
            }
        };
        // An empty list, and not none at all: then nobody has to say who they are.
        let schemes = self.schemes.iter();
        let schemes: Vec<_> = schemes
            .map(|scheme| SecurityRequirement::new(*scheme, [""; 0]))
            .collect();
        let answers = self.answers.into_iter();
        let operation = answers.fold(
            operation.securities(Some(schemes)),
            |operation, (status, answer)| operation.response(status.to_string(), answer.build()),
        );
        PathItem::new(self.method, operation)
    }
}

impl Answer {
    fn build(self) -> Response {
        let mut response = Response::new(self.sentences.join(" "));
        for (media, mut shapes) in self.contents {
            let shape = match shapes.len() {
                1 => shapes.remove(0),
                _ => Shape::any_of(shapes),
            };
            let content = Content::new(Some(shape));
            response.content.insert(media.to_owned(), content.into());
        }
        for name in self.headers {
            let known = HEADERS.iter().find(|(known, _)| *known == name);
            let mut header = Header::new(Shape::text());
            header.description = known.map(|(_, sentence)| (*sentence).to_owned());
            response.headers.insert(name.to_owned(), header.into());
        }
        response
    }
}
