//! Filters for methods that remember what a path takes, so that a 405 can say so.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, Method, StatusCode, header};
use warp::{Filter, Rejection, reply::Response};

/// The methods that a request's path would have taken. Every request brings one along.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(Arc<Mutex<Vec<Method>>>);

impl Allowed {
    fn note(&self, method: Method) {
        let mut methods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !methods.contains(&method) {
            methods.push(method);
        }
    }

    /// Completes the answer to a method that the path does not take (RFC 9110, 15.5.6).
    pub(super) fn tell(&self, response: &mut Response) {
        let told = response.headers().contains_key(header::ALLOW);
        if response.status() != StatusCode::METHOD_NOT_ALLOWED || told {
            return;
        }
        let methods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<_> = methods.iter().map(Method::as_str).collect();
        if let Ok(allow) = HeaderValue::from_str(&names.join(", ")) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
}

/// `GET` and nothing else. Comes after the path, as its siblings do.
pub(crate) fn get() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::GET).and(warp::get())
}

/// `GET`, or `HEAD`, whose answer goes out without its body; a 405 names what is documented.
pub(crate) fn get_or_head() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::GET).and(warp::get().or(warp::head()).unify())
}

/// `POST` and nothing else.
pub(crate) fn post() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::POST).and(warp::post())
}

/// `PUT` and nothing else.
pub(crate) fn put() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::PUT).and(warp::put())
}

/// `PATCH` and nothing else.
pub(crate) fn patch() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::PATCH).and(warp::patch())
}

/// `DELETE` and nothing else.
pub(crate) fn delete() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    noting(Method::DELETE).and(warp::delete())
}

fn noting(method: Method) -> impl Filter<Extract = (), Error = std::convert::Infallible> + Clone {
    warp::ext::optional::<Allowed>()
        .map(move |allowed: Option<Allowed>| {
            if let Some(allowed) = allowed {
                allowed.note(method.clone());
            }
        })
        .untuple_one()
}
