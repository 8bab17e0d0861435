use super::asked::asked_with;
use super::server::{Answer, Server};
use super::*;

fn ask(script: Vec<Answer>, most: usize) -> (Result<Vec<u8>, FetchError>, Vec<String>) {
    let (server, home) = (Server::start(script), Home::new());
    let answer = asked_with(&server.address, most as u64, Path::new("/place"), &home.fetching, &home.manners);
    (answer, server.requests())
}

#[test]
fn an_answer_is_read_whole() {
    for answer in [Answer::whole(CONTENT), Answer::chunked(CONTENT)] {
        assert_eq!(ask(vec![answer], CONTENT.len()).0.expect("the server gives it"), CONTENT);
    }
}

#[test]
fn a_cut_or_busy_answer_is_asked_for_again() {
    for first in [Answer::cut(CONTENT, 7), Answer::new("503 Service Unavailable", b""), Answer::nothing()] {
        let (answer, requests) = ask(vec![first, Answer::whole(CONTENT)], 1000);
        assert_eq!((answer.expect("the server gives it"), requests.len()), (CONTENT.to_vec(), 2));
    }
}

#[test]
fn an_answer_may_not_be_larger_than_was_said() {
    for answer in [Answer::whole(CONTENT), Answer::chunked(CONTENT)] {
        let (answer, requests) = ask(vec![answer], CONTENT.len() - 1);
        assert!(matches!(answer, Err(FetchError::TooLarge { limit: 75, .. })), "{answer:?}");
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn a_refused_question_names_the_place() {
    let (answer, requests) = ask(vec![Answer::new("403 Forbidden", b"")], 1000);
    let text = answer.expect_err("it is refused").to_string();
    assert!(text.contains("answered 403") && text.contains("/place"), "{text}");
    assert_eq!(requests.len(), 1);
}

#[test]
fn offline_nothing_is_asked() {
    let error = asked("http://127.0.0.1:1/", 1, Path::new("/place"), &Home::offline().fetching).expect_err("offline");
    assert!(matches!(error, FetchError::Offline { .. }), "{error}");
}
