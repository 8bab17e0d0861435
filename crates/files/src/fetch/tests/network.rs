use super::server::{Answer, Server};
use super::*;
use std::time::Instant;

const HALF: usize = CONTENT.len() / 2;

/// Fetches from a server that answers so, and returns the requests it got.
fn requests_for(script: Vec<Answer>) -> Vec<String> {
    let server = Server::start(script);
    Home::new().expect_content(&remote(std::slice::from_ref(&server.address)));
    server.requests()
}

fn complaint_about(script: Vec<Answer>) -> (FetchError, Vec<String>) {
    let server = Server::start(script);
    let error = Home::new().complaint(&remote(std::slice::from_ref(&server.address)));
    (error, server.requests())
}

fn asks_for_the_rest(request: &str) -> bool {
    request.contains(&format!("range: bytes={HALF}-"))
}

#[test]
fn a_plain_download_tells_its_progress_and_is_cached() {
    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let (home, remote) = (Home::new(), remote(std::slice::from_ref(&server.address)));
    let mut told = Vec::new();
    let path = home.fetch_telling(&remote, &mut |transfer| told.push(transfer)).expect("the server gives it");
    assert_eq!(path, home.cached("opening.txt"));
    let all = CONTENT.len() as u64;
    assert_eq!(told.last(), Some(&Transfer { file: "opening.txt".to_string(), done: all, total: all }));
    assert!(home.cached("opening.txt.verified").exists());
    home.expect_content(&remote); // the server has no second answer
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_cut_download_is_resumed() {
    let requests = requests_for(vec![Answer::cut(CONTENT, HALF), Answer::rest(CONTENT, HALF)]);
    assert!(!requests[0].contains("range:") && asks_for_the_rest(&requests[1]), "{requests:?}");
}

#[test]
fn what_an_earlier_run_left_is_resumed() {
    let server = Server::start(vec![Answer::rest(CONTENT, HALF)]);
    let home = Home::new().with_cached(".tmp-opening.txt.part", &CONTENT[..HALF]);
    home.expect_content(&remote(std::slice::from_ref(&server.address)));
}

#[test]
fn a_download_that_only_lacked_its_name_needs_no_server() {
    let home = Home::new().with_cached(".tmp-opening.txt.part", CONTENT);
    home.expect_content(&remote(&["no address".to_string()]));
}

#[test]
fn a_server_without_ranges_starts_over() {
    let requests = requests_for(vec![Answer::cut(CONTENT, HALF), Answer::whole(CONTENT)]);
    assert!(asks_for_the_rest(&requests[1]), "{requests:?}");
}

#[test]
fn another_range_than_the_one_asked_for_is_not_used() {
    let refused = Answer::new("416 Range Not Satisfiable", b"");
    for second in [Answer::rest(CONTENT, HALF + 1), refused] {
        let requests = requests_for(vec![Answer::cut(CONTENT, HALF), second, Answer::whole(CONTENT)]);
        assert!(!requests[2].contains("range:"), "{requests:?}");
    }
}

#[test]
fn a_part_that_was_wrong_all_along_is_fetched_anew() {
    let server = Server::start(vec![Answer::rest(CONTENT, HALF), Answer::whole(CONTENT)]);
    let home = Home::new().with_cached(".tmp-opening.txt.part", &[0; HALF]);
    home.expect_content(&remote(std::slice::from_ref(&server.address)));

    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let home = Home::new().with_cached(".tmp-opening.txt.part", &[0; CONTENT.len()]);
    home.expect_content(&remote(std::slice::from_ref(&server.address)));
}

#[test]
fn a_damaged_file_of_the_cache_is_fetched_anew() {
    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let home = Home::new().with_cached("opening.txt", b"damaged");
    home.expect_content(&remote(std::slice::from_ref(&server.address)));
}

#[test]
fn the_second_address_mends_what_the_first_got_wrong() {
    let wrong = Server::start(vec![Answer::whole(&CONTENT.to_ascii_uppercase())]);
    let right = Server::start(vec![Answer::whole(CONTENT)]);
    Home::new().expect_content(&remote(&[wrong.address.clone(), right.address.clone()]));
    assert!(!right.requests()[0].contains("range:"), "the wrong part was removed");
}

#[test]
fn wrong_content_everywhere_names_each_address() {
    let server = || Server::start(vec![Answer::whole(&CONTENT.to_ascii_uppercase())]);
    let (first, second) = (server(), server());
    let home = Home::new();
    let text = home.complaint(&remote(&[first.address.clone(), second.address.clone()])).to_string();
    assert!(text.contains(&first.address) && text.contains(&second.address), "{text}");
    assert!(!home.cached(".tmp-opening.txt.part").exists());
}

#[test]
fn refusals_name_their_remedy_and_are_not_repeated() {
    let refused = |head: &str| complaint_about(vec![Answer::new(head, b"")]);
    for (head, remedy) in [
        ("401 Unauthorized", "set HF_TOKEN"),
        ("403 Forbidden", "accept its terms"),
        ("404 Not Found", "correct its address"),
    ] {
        let (error, requests) = refused(head);
        assert!(error.to_string().contains(remedy), "{error}");
        assert_eq!(requests.len(), 1);
    }
    assert!(matches!(refused("404 Not Found").0, FetchError::NotFound { .. }));
}

#[test]
fn a_busy_server_is_asked_again() {
    for head in ["429 Too Many Requests\nRetry-After: 0", "503 Service Unavailable", "500 Internal Server Error"] {
        assert_eq!(requests_for(vec![Answer::new(head, b""), Answer::whole(CONTENT)]).len(), 2);
    }
}

#[test]
fn a_server_is_not_asked_forever() {
    let script = (0..9).map(|_| Answer::new("503 Service Unavailable", b"")).collect();
    let (error, requests) = complaint_about(script);
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "{error}");
    assert_eq!(requests.len(), 4, "once, and three retries");
}

#[test]
fn nobody_waits_an_hour() {
    let (error, requests) = complaint_about(vec![Answer::new("429 Too Many Requests\nRetry-After: 3600", b"")]);
    assert!(error.to_string().contains("answered 429"), "{error}");
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_stalled_download_is_resumed() {
    let begun = Instant::now();
    let stalled = Answer::cut(CONTENT, HALF).then_silence();
    let requests = requests_for(vec![stalled, Answer::rest(CONTENT, HALF)]);
    assert!(asks_for_the_rest(&requests[1]), "{requests:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "the silence was not sat out");
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let script = (0..9).map(|_| Answer::nothing().then_silence()).collect();
    let begun = Instant::now();
    let (error, requests) = complaint_about(script);
    assert!(error.to_string().contains("cannot reach http://127.0.0.1"), "{error}");
    assert_eq!(requests.len(), 4, "once, and three retries");
    assert!(begun.elapsed() < Duration::from_secs(4), "the silence was not sat out");
}

#[test]
fn more_than_the_listed_size_is_refused_announced_or_not() {
    let longer = [CONTENT, b"!"].concat();
    let (error, _) = complaint_about(vec![Answer::whole(&longer)]);
    assert!(error.to_string().contains("holds 77 bytes, expected 76"), "{error}");
    let (error, requests) = complaint_about(vec![Answer::chunked(&longer)]);
    assert!(error.to_string().contains("holds more than the expected 76 bytes"), "{error}");
    assert_eq!(requests.len(), 1);
}

#[test]
fn two_at_once_download_once() {
    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let (home, remote) = (Home::new(), remote(std::slice::from_ref(&server.address)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| home.expect_content(&remote));
        }
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_address_that_is_none_is_not_repeated() {
    let error = Home::new().complaint(&remote(&["no address".to_string()]));
    assert!(matches!(error, FetchError::Request { .. }), "{error}");
}

#[test]
fn an_empty_file_can_be_had() {
    let server = Server::start(vec![Answer::whole(b"")]);
    let empty = Remote {
        size: 0,
        checksum: Checksum::Sha256(crate::sha256(b"")),
        ..remote(std::slice::from_ref(&server.address))
    };
    let path = Home::new().fetch(&empty).map(|path| path.file_name().map(|name| name.to_owned()));
    assert_eq!(path.expect("the server gives it"), Some("opening.txt".into()));
}

#[test]
fn a_redirect_is_followed() {
    let server = Server::start(vec![Answer::whole(CONTENT)]);
    let other = Server::start(vec![Answer::new(&format!("302 Found\nLocation: {}", server.address), b"")]);
    Home::new().expect_content(&remote(&[other.address]));
}

#[test]
fn redirects_do_not_go_in_circles() {
    let script = (0..99).map(|_| Answer::new("302 Found\nLocation: /opening.txt", b"")).collect();
    let (error, requests) = complaint_about(script);
    assert!(matches!(error, FetchError::Request { .. }), "{error}");
    assert_eq!(requests.len(), 11, "the first, and ten redirects that ureq follows; no retries");
}

#[test]
fn a_date_to_come_back_at_is_understood() {
    let busy = |date: &str| Answer::new(&format!("429 Too Many Requests\nRetry-After: {date}"), b"");
    let past = busy("Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(requests_for(vec![past, Answer::whole(CONTENT)]).len(), 2);
    let (error, requests) = complaint_about(vec![busy("Fri, 01 Jan 9999 00:00:00 GMT")]);
    assert!(error.to_string().contains("answered 429"), "{error}");
    assert_eq!(requests.len(), 1, "nobody waits so long");
}

#[test]
fn a_time_to_come_back_that_makes_no_sense_is_the_usual_pause() {
    for time in ["-1", "soon", "99999999999999999999999", "Sun, 99 Nov 1994 08:49:37 GMT"] {
        let busy = Answer::new(&format!("429 Too Many Requests\nRetry-After: {time}"), b"");
        assert_eq!(requests_for(vec![busy, Answer::whole(CONTENT)]).len(), 2, "{time}");
    }
}

#[test]
fn less_than_the_listed_size_is_refused_announced_or_not() {
    let (error, requests) = complaint_about(vec![Answer::whole(&CONTENT[..HALF])]);
    assert!(error.to_string().contains("holds 38 bytes, expected 76"), "{error}");
    assert_eq!(requests.len(), 1);
    let short = || Answer::chunked(&CONTENT[..HALF]);
    let (error, _) = complaint_about(vec![short(), short(), short(), short()]);
    assert!(matches!(error, FetchError::Cut { done: 38, total: 76, .. }), "{error}");
}

#[test]
fn a_body_that_drips_is_as_good_as_stalled() {
    let drips = |_| Answer::whole(CONTENT).dripping(CONTENT.len(), Duration::from_millis(30));
    let begun = Instant::now();
    let (error, requests) = complaint_about((0..4).map(drips).collect());
    assert!(matches!(error, FetchError::Cut { .. }), "{error}");
    assert_eq!(requests.len(), 4, "once, and three retries");
    assert!(begun.elapsed() < Duration::from_secs(4), "the drips were not sat out");
}

#[test]
fn a_head_that_drips_is_as_good_as_stalled() {
    let drips = |_| Answer::whole(CONTENT).dripping(CONTENT.len() + 50, Duration::from_millis(30));
    let begun = Instant::now();
    let (error, _) = complaint_about((0..4).map(drips).collect());
    assert!(matches!(error, FetchError::Request { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(4), "the drips were not sat out");
}

#[test]
fn a_file_in_a_folder_of_its_own_is_cut_and_resumed_there() {
    let server = Server::start(vec![Answer::cut(CONTENT, HALF).then_silence(), Answer::rest(CONTENT, HALF)]);
    let mut home = Home::new();
    home.manners.retries = 0;
    let remote = Remote { file: "part-1/opening.txt".to_owned(), ..remote(std::slice::from_ref(&server.address)) };
    home.fetch(&remote).expect_err("it was cut");
    let part = fs::metadata(home.cached("part-1/.tmp-opening.txt.part")).expect("it is kept");
    assert_eq!(part.len(), HALF as u64);
    let path = home.fetch(&remote).expect("the server gives the rest");
    assert_eq!(path, home.cached("part-1/opening.txt"));
    assert!(home.cached("part-1/opening.txt.verified").exists() && home.cached("part-1/.opening.txt.lock").exists());
}
