//! `POST /mcp`: the Model Context Protocol over Streamable HTTP, without sessions, answered in JSON. The protocol is
//! rmcp's; what its tools do is the chats dialect's.

pub(super) mod document;
mod routes;
mod tools;

pub use routes::routes;
