"""What Schemathesis has to be told: a stream of JSON objects is judged line by line."""

import json

import jsonschema_rs
import schemathesis


@schemathesis.deserializer("application/x-ndjson")
def lines(ctx, response):
    """The document has the shape of a line: the first line that has another one is judged, else the last."""
    frames = [json.loads(line) for line in response.content.splitlines() if line]
    assert frames, "a stream without frames"
    shapes = ctx.operation.schema.raw_schema["components"]["schemas"]
    frame = jsonschema_rs.validator_for(shapes["Frame"])
    return next((line for line in frames if not frame.is_valid(line)), frames[-1])
