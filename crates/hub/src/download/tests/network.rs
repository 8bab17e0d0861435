use super::*;

#[test]
fn a_model_is_fetched_with_what_it_needs_and_nothing_else() {
    let (home, mut told) = (Home::new(all_of_it()), Vec::new());
    let fetched = home.fetch_telling(None, &mut |transfer| told.push(transfer.file)).expect("the server gives it");
    assert_eq!(fs::read(fetched.folder.join("model.safetensors")).expect("it is there"), WEIGHTS);
    let resolved = |file: &str| format!("/org/name/resolve/{COMMIT}/{file}");
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    let list = "/api/models/org/name/revision/main?blobs=true".to_owned();
    assert_eq!(home.asked(), [vec![list], files.map(resolved).into()].concat());
    assert_eq!(told, files);
}

#[test]
fn a_second_time_only_the_list_is_asked_for() {
    let home = Home::new(all_of_it());
    home.fetch(None).expect("the server gives it");
    let home = home.then(vec![Answer::whole(&model())]);
    assert_eq!(home.names(None), ["config.json", "model.safetensors", "tokenizer.json"]);
    assert_eq!(home.asked().len(), 1);
}

#[test]
fn a_commit_that_is_known_is_not_asked_for() {
    let home = Home::new(all_of_it());
    home.fetch(None).expect("the server gives it");
    let home = home.then(vec![]);
    home.names(Some(COMMIT));
    assert!(home.asked().is_empty());
}

#[test]
fn shards_are_those_that_the_index_names() {
    let parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let index = small("model.safetensors.index.json", INDEXING);
    let pooling = small("1_Pooling/config.json", POOLING);
    let stray = large("model-00003-of-00003.safetensors", b"of an older model");
    let [first, second] = parts.map(|part| large(part, part.as_bytes()));
    let listed = list(&[stray, second, first, index, pooling, small("config.json", CONFIG)]);
    let contents = [POOLING.0, CONFIG.0, INDEXING.0, parts[0], parts[1]].map(str::as_bytes);
    let home = Home::new([vec![&listed[..]], contents.into()].concat().into_iter().map(Answer::whole).collect());
    let names = home.names(None);
    assert_eq!(names, ["1_Pooling", "config.json", parts[0], parts[1], "model.safetensors.index.json"]);
    assert_eq!(home.asked().len(), 6);
}

#[test]
fn a_branch_with_a_slash_is_one_part_of_the_address() {
    let home = Home::new(all_of_it());
    home.names(Some("refs/pr/1"));
    assert_eq!(home.asked()[0], "/api/models/org/name/revision/refs%2fpr%2f1?blobs=true", "in lower case");
    home.offline().names(Some("refs/pr/1"));
}

#[test]
fn a_cut_transfer_is_resumed() {
    let half = WEIGHTS.len() / 2;
    let mut script = all_of_it();
    script.splice(3.., [Answer::cut(WEIGHTS, half), Answer::rest(WEIGHTS, half)]);
    let home = Home::new(script);
    home.names(None);
    assert!(home.server.requests()[4].contains(&format!("range: bytes={half}-")));
}

/// A repository that has another name now.
#[test]
fn a_list_that_has_moved_is_followed() {
    let mut script = all_of_it();
    script
        .insert(0, Answer::new("307 Temporary Redirect\nLocation: /api/models/new/name/revision/main?blobs=true", b""));
    let home = Home::new(script);
    home.names(None);
    assert_eq!(home.asked()[1], "/api/models/new/name/revision/main?blobs=true");
}

#[test]
fn what_was_fetched_is_a_model_folder() {
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let weights = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &2.5_f32.to_le_bytes()].concat();
    let listed = list(&[small("config.json", CONFIG), large("model.safetensors", &weights)]);
    let home = Home::new([&listed[..], CONFIG.0.as_bytes(), &weights].map(Answer::whole).into());
    let folder = crate::Folder::open(&home.fetch(None).expect("the server gives it").folder).expect("it is one");
    assert_eq!(folder.kind().expect("it is said"), "gpt2");
    let tensor = folder.weights().expect("they are sound").read("a").expect("it can be read");
    assert_eq!(tensor.expect("it is there").values, [2.5]);
}

#[test]
fn another_content_than_the_listed_is_refused() {
    for (at, content) in [(1, CONFIG.0.to_ascii_uppercase().into_bytes()), (3, WEIGHTS.to_ascii_uppercase())] {
        let mut script = all_of_it();
        script[at] = Answer::whole(&content);
        let text = Home::new(script).complaint();
        let kind = if at == 1 { "config.json has git's blob id " } else { "model.safetensors has sha256 " };
        assert!(text.starts_with(&format!("http://hub/org/name/resolve/{COMMIT}/{kind}")), "{text}");
    }
}

#[test]
fn what_the_hub_refuses_is_said_with_a_remedy() {
    let unknown = "the hub has no model `org/name` with a revision `main`, or shows it to some users alone; check the name, or set HF_TOKEN";
    let closed =
        "`org/name` is not open to everyone; accept its terms at http://hub/org/name in a browser, and set HF_TOKEN";
    let unlisted = "cannot ask the hub for `org/name`; try again later, or use what was fetched before (ATTENTIVE_OFFLINE=1), or put its \
                    files into the folder huggingface/org/name of ATTENTIVE_MIRROR";
    let answers = [
        ("401 Unauthorized", unknown),
        ("404 Not Found", unknown),
        ("403 Forbidden", closed),
        ("429 Too Many Requests\nRetry-After: 3600", unlisted),
    ];
    for (head, expected) in answers {
        assert_eq!(Home::new(vec![Answer::new(head, b"")]).complaint(), expected, "{head}");
    }
    for head in ["401 Unauthorized", "403 Forbidden"] {
        let home = Home::new(vec![Answer::whole(&model()), Answer::new(head, b"")]);
        assert_eq!(home.complaint(), closed, "{head}");
    }
    let busy = Answer::new("429 Too Many Requests\nRetry-After: 3600", b"");
    let text = Home::new(vec![Answer::whole(&model()), busy]).complaint();
    assert!(text.contains("/config.json answered 429, expected 200 or 206; try again later"), "{text}");
}

/// Only huggingface.co is shown it, over HTTPS.
#[test]
fn the_token_stays_here() {
    let mut home = Home::new(all_of_it());
    home.fetching.token = Some("hf_secret".to_owned());
    home.names(None);
    assert!(home.server.requests().iter().all(|request| !request.contains("hf_secret")));
    let error = home.then(vec![Answer::new("401 Unauthorized", b"")]).fetch(None).expect_err("it is refused");
    assert!(!format!("{error:?}").contains("hf_secret"));
}
