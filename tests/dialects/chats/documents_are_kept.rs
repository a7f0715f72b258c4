//! Documents: kept, shown, changed, found by tags and paths in policies.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let project = project(&admin, "mine").await;
    let body = json!({ "project_id": project, "content": "žluť\n", "path": "/notes/one.txt" });
    let made = gives(post(&admin, "/documents", body).await, 201);
    assert_eq!(
        names(&made),
        [
            "id",
            "file_id",
            "project_id",
            "path",
            "filename",
            "size",
            "created_at",
            "updated_at"
        ]
    );
    is_id(&made["id"], "doc_");
    is_id(&made["file_id"], "file_");
    assert_eq!(
        (&made["filename"], &made["size"]),
        (&json!("one.txt"), &json!(7))
    );
    let at = format!("/documents/{}", id(&made));
    assert_eq!(gives(get(&admin, &at).await, 200)["content"], "žluť\n");
    let named = json!({ "project_id": project, "content": "", "filename": "two.txt" });
    let named = gives(post(&admin, "/documents", named).await, 201);
    assert_eq!(
        (&named["path"], &named["size"]),
        (&json!("/two.txt"), &json!(0))
    );

    let listed = get(&admin, "/documents").await;
    assert_eq!(listed.headers["x-total-count"], "2");
    let listed = gives(listed, 200);
    assert_eq!(names(&listed), ["data", "total", "limit", "offset"]);
    assert_eq!(listed["data"], json!([named, made]));
    assert_eq!(
        (&listed["total"], &listed["limit"], &listed["offset"]),
        (&json!(2), &json!(50), &json!(0))
    );
    let page = gives(
        get(
            &admin,
            &format!("/documents?project_id={project}&limit=1&offset=1"),
        )
        .await,
        200,
    );
    assert_eq!(
        page,
        json!({ "data": [made], "total": 2, "limit": 1, "offset": 1 })
    );

    let change = json!({ "content": "other", "title": "T", "tags": { "team": "eng" }, "metadata": { "a": [1] } });
    let changed = gives(patch(&admin, &at, change).await, 200);
    assert_eq!(
        (&changed["size"], &changed["title"], &changed["tags"]),
        (&json!(5), &json!("T"), &json!({ "team": "eng" }))
    );
    assert_eq!(gives(get(&admin, &at).await, 200)["content"], "other");
    let less = gives(patch(&admin, &at, json!({ "title": null })).await, 200);
    assert_eq!(
        (less.get("title"), &less["metadata"]),
        (None, &json!({ "a": [1] }))
    );
    for (change, message) in [
        (
            json!({ "tags": { "a": 1 } }),
            "tags must be an object of at most 100 strings",
        ),
        (json!({ "metadata": [] }), "metadata must be an object"),
        (
            json!({ "metadata": { "a": "x".repeat(64 << 10) } }),
            "metadata must have at most 64 KiB",
        ),
        (json!({ "content": 7 }), "content must be a string"),
        (
            json!({ "content": "a\u{0}b" }),
            "content must not contain the character U+0000",
        ),
        (
            json!({ "metadata": { "a": [{ "b": "c\u{0}" }] } }),
            "metadata must not contain the character U+0000",
        ),
        (
            json!({ "metadata": { "a": { "b\u{0}": 1 } } }),
            "metadata must not contain the character U+0000",
        ),
        (
            json!({ "tags": { "a": "b\u{0}" } }),
            "tags must not contain the character U+0000",
        ),
    ] {
        refuses(&patch(&admin, &at, change).await, message);
    }
    refuses(
        &post(&admin, "/documents", json!({ "project_id": project })).await,
        "content is required",
    );
    let odd = json!({ "project_id": project, "content": "c", "metadata": { "a": "\u{0}" } });
    refuses(
        &post(&admin, "/documents", odd).await,
        "metadata must not contain the character U+0000",
    );
    a_file_has_its_paths_name_unless_it_has_another(&admin, &project).await;
    policies_speak_of_tags_and_paths(&admin, &id(&made), &id(&named)).await;
    policies_speak_of_what_a_document_becomes(&admin, &project).await;
    assert_eq!(delete(&admin, &at).await.status, 204);
    tells(
        &get(&admin, &at).await,
        404,
        "RESOURCE_NOT_FOUND",
        &format!("Document '{}' not found.", id(&made)),
    );
}

async fn a_file_has_its_paths_name_unless_it_has_another(admin: &Client, project: &str) {
    let moved = json!({ "path": "/c/d.md" });
    for (more, change, filename) in [
        (json!({ "path": "/a/b.txt" }), moved.clone(), "d.md"),
        (json!({}), moved.clone(), "d.md"),
        (
            json!({ "path": "/a/b.txt", "filename": "mine.txt" }),
            moved.clone(),
            "mine.txt",
        ),
        (
            json!({ "path": "/a/b.txt" }),
            json!({ "path": "/c/d.md", "filename": "mine.txt" }),
            "mine.txt",
        ),
        (
            json!({ "path": "/a/b.txt" }),
            json!({ "path": null }),
            "b.txt",
        ),
        (
            json!({ "path": "/a/b.txt" }),
            json!({ "title": "T" }),
            "b.txt",
        ),
    ] {
        let mut body = json!({ "project_id": project, "content": "c" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = gives(post(admin, "/documents", body).await, 201);
        let at = format!("/documents/{}", id(&made));
        let changed = gives(patch(admin, &at, change).await, 200);
        assert_eq!(changed["filename"], filename, "{changed}");
        assert_eq!(delete(admin, &at).await.status, 204);
    }
}

async fn policies_speak_of_tags_and_paths(admin: &Client, tagged: &str, other: &str) {
    let bob = person(admin, "bob").await;
    let by_tag = policy(
        admin,
        json!([{
            "effect": "Allow", "action": ["documents:*"],
            "condition": { "StringEquals": { "soat:ResourceTag/team": "eng" } },
        }]),
    )
    .await;
    let by_path = policy(admin, json!([{
        "effect": "Allow", "action": ["documents:GetDocument"], "resource": ["soat:*:document:/two*"],
    }])).await;
    attach(admin, &bob, std::slice::from_ref(&by_tag)).await;
    assert_eq!(get(&bob, &format!("/documents/{tagged}")).await.status, 200);
    forbids(&get(&bob, &format!("/documents/{other}")).await);
    let listed = gives(get(&bob, "/documents").await, 200);
    assert_eq!(
        (ids(&listed["data"]), &listed["total"]),
        (vec![tagged], &json!(1))
    );
    attach(admin, &bob, std::slice::from_ref(&by_path)).await;
    assert_eq!(get(&bob, &format!("/documents/{other}")).await.status, 200);
    forbids(&get(&bob, &format!("/documents/{tagged}")).await);
}

async fn policies_speak_of_what_a_document_becomes(admin: &Client, project: &str) {
    let eve = person(admin, "eve").await;
    let notes = policy(
        admin,
        json!([
            { "effect": "Allow", "action": ["documents:*"], "resource": [format!("soat:{project}:document:/notes/*")] },
            { "effect": "Deny", "action": ["documents:*"], "condition": { "StringEquals": { "soat:ResourceTag/team": "board" } } },
        ]),
    )
    .await;
    attach(admin, &eve, &[notes]).await;
    let make = |more: Value| {
        let mut body = json!({ "project_id": project, "content": "c" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for denied in [
        json!({}),
        json!({ "path": "/secret/one.txt" }),
        json!({ "filename": "one.txt" }),
        json!({ "path": "/notes/one.txt", "tags": { "team": "board" } }),
    ] {
        forbids(&post(&eve, "/documents", make(denied)).await);
    }
    let made = json!({ "path": "/notes/eve.txt", "tags": { "team": "eng" } });
    let made = gives(post(&eve, "/documents", make(made)).await, 201);
    let at = format!("/documents/{}", id(&made));
    for denied in [
        json!({ "path": "/secret/one.txt" }),
        json!({ "path": null }),
        json!({ "tags": { "team": "board" } }),
    ] {
        forbids(&patch(&eve, &at, denied).await);
    }
    let changed = json!({ "path": "/notes/other.txt", "content": "d", "tags": null });
    let changed = gives(patch(&eve, &at, changed).await, 200);
    assert_eq!(changed["path"], "/notes/other.txt");
    // The first project where it may be made, when none is named.
    let free = json!({ "content": "c", "path": "/notes/free.txt" });
    let free = gives(post(&eve, "/documents", free).await, 201);
    assert_eq!(free["project_id"], project);
}

on_both_databases!(check);
