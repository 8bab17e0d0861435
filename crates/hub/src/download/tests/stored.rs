//! Without the network.

use super::*;

const NEVER: &str = "`org/name` with revision `main` was never fetched whole, and ATTENTIVE_OFFLINE forbids to fetch it; unset \
                     ATTENTIVE_OFFLINE, or put its files into the folder huggingface/org/name of ATTENTIVE_MIRROR";

#[test]
fn offline_a_model_must_have_been_fetched() {
    let home = Home::new(all_of_it()).offline();
    assert_eq!(home.complaint(), NEVER);
    assert!(home.asked().is_empty() && !home.fetching.cache.exists());
}

#[test]
fn offline_the_last_commit_is_used() {
    let home = Home::new(all_of_it());
    home.fetch(None).expect("the server gives it");
    let home = home.then(vec![]).offline();
    for revision in [None, Some("main"), Some(COMMIT)] {
        assert_eq!(home.names(revision), ["config.json", "model.safetensors", "tokenizer.json"]);
    }
    assert!(matches!(home.fetch(Some("other")), Err(HubError::NeverFetched { .. })));
}

#[test]
fn offline_half_a_model_is_none() {
    let mut script = all_of_it();
    script[3] = Answer::new("404 Not Found", b"");
    let home = Home::new(script);
    home.fetch(None).expect_err("its weights are lacking");
    assert_eq!(home.offline().complaint(), NEVER);
}

#[test]
fn offline_a_damaged_file_is_told() {
    let home = Home::new(all_of_it());
    let fetched = home.fetch(None).expect("the server gives it");
    fs::write(fetched.folder.join("model.safetensors"), "damaged").expect("writable");
    let text = home.offline().complaint();
    assert!(
        text.starts_with("`model.safetensors` needs a download, which ATTENTIVE_OFFLINE forbids; put it at "),
        "{text}"
    );
}

#[test]
fn a_list_that_was_damaged_in_the_cache_is_asked_for_again() {
    let home = Home::new(all_of_it());
    home.fetch(None).expect("the server gives it");
    fs::write(home.fetching.cache.join("huggingface/org/name/refs").join(format!("{COMMIT}.json")), "{")
        .expect("writable");
    home.then(vec![Answer::whole(&model())]).names(Some(COMMIT));
}

#[test]
fn a_folder_of_the_mirror_is_taken_as_it_is() {
    let mut home = Home::new(vec![]);
    let mirror = home.folder.path().join("mirror");
    let folder = mirror.join("huggingface/org/name");
    fs::create_dir_all(&folder).expect("writable");
    home.fetching.mirror = Some(mirror);
    let expected = |revision: &str| Fetched { folder: folder.clone(), revision: revision.to_owned() };
    assert_eq!(home.fetch(None).expect("it is there"), expected("main"));
    assert_eq!(fetched("org/name", Some(COMMIT), &home.fetching, &mut |_| {}).expect("it is there"), expected(COMMIT));
    assert!(home.asked().is_empty());
}

#[test]
fn a_mirror_without_the_model_is_no_obstacle() {
    let mut home = Home::new(all_of_it());
    home.fetching.mirror = Some(home.folder.path().join("mirror"));
    home.names(None);
}
