use super::server::{Answer, Server};
use super::*;

const SECRET: &str = "hf_secret";

/// A home with a token, which is shown to one server.
fn trusting(server: &Server) -> Home {
    let mut home = Home::new();
    home.fetching.token = Some(SECRET.to_owned());
    home.manners.token_reader = server.address.replace("opening.txt", "");
    home
}

fn shown(request: &str) -> bool {
    request.contains(&format!("authorization: bearer {SECRET}"))
}

#[test]
fn the_token_is_kept_from_other_servers() {
    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let mut home = Home::new();
    home.fetching.token = Some(SECRET.to_owned());
    home.expect_content(&remote(std::slice::from_ref(&server.address)));
    assert!(!server.requests()[0].contains(SECRET));
}

#[test]
fn the_token_stays_behind_when_another_host_takes_over() {
    let other = Server::start(vec![Answer::whole(CONTENT)]);
    let elsewhere = other.address.replace("127.0.0.1", "localhost");
    let server = Server::start(vec![Answer::new(&format!("302 Found\nLocation: {elsewhere}"), b"")]);
    trusting(&server).expect_content(&remote(std::slice::from_ref(&server.address)));
    assert!(shown(&server.requests()[0]), "{:?}", server.requests());
    assert!(!other.requests()[0].contains(SECRET), "{:?}", other.requests());
}

#[test]
fn the_token_is_shown_again_to_resume() {
    let half = CONTENT.len() / 2;
    let server = Server::start(vec![Answer::cut(CONTENT, half), Answer::rest(CONTENT, half)]);
    trusting(&server).expect_content(&remote(std::slice::from_ref(&server.address)));
    assert!(server.requests().iter().all(|request| shown(request)), "{:?}", server.requests());
}

#[test]
fn no_error_tells_the_token() {
    for answer in [Answer::new("401 Unauthorized", b""), Answer::new("500 Oops", b""), Answer::new("nonsense", b"")] {
        let server = Server::start(vec![answer]);
        let mut home = trusting(&server);
        home.manners.retries = 0;
        let error = home.complaint(&remote(std::slice::from_ref(&server.address)));
        assert!(shown(&server.requests()[0]));
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}
