//! Vectors of texts, from a server that speaks as OpenAI's does.

use serde_json::{Value, json};

use crate::{Failure, Outcome};

/// Texts of a request.
const TOGETHER: usize = 64;

pub(crate) struct Embeddings {
    url: String,
}

impl Embeddings {
    pub(crate) fn at(url: &str) -> Self {
        let url = url.to_owned();
        Self { url }
    }

    /// A vector of length one for each text.
    pub(crate) fn of(&self, texts: &[String]) -> Outcome<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(TOGETHER) {
            let asked = json!({ "model": "all-MiniLM-L6-v2", "input": texts });
            let answer = ureq::post(&self.url)
                .send_json(asked)
                .and_then(|mut answer| answer.body_mut().read_json::<Value>())
                .map_err(|failure| format!("{}: {failure}", self.url))?;
            let data = answer.get("data").and_then(Value::as_array);
            let data = data.filter(|data| data.len() == texts.len());
            let data = data.ok_or_else(|| self.strange("not a vector for each text"))?;
            for one in data {
                let vector = one.get("embedding").and_then(Value::as_array);
                let vector = vector.ok_or_else(|| self.strange("no embedding"))?;
                let vector = vector
                    .iter()
                    .map(|number| number.as_f64().map(|it| it as f32));
                let vector: Option<Vec<f32>> = vector.collect();
                vectors.push(unit(
                    vector.ok_or_else(|| self.strange("not only numbers"))?,
                ));
            }
        }
        Ok(vectors)
    }

    fn strange(&self, what: &str) -> Failure {
        format!("{} has answered with {what}", self.url).into()
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|number| *number /= length);
    }
    vector
}
