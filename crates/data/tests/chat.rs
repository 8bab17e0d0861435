//! Conversations as texts and as tokens, against `apply_chat_template` of the transformers library (`scripts/golden/chat.py`).

use std::{collections::BTreeMap, sync::LazyLock};

use attentive_data::{
    Cell, ChatTemplate, Conversation, DataError, Examples, IGNORED, Learned, Place, Recipe, Row, Text, Tokenizer, Turn,
    conversed,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Golden {
    tokenizer: Value,
    special: Value,
    templates: BTreeMap<String, String>,
    conversations: Vec<Vec<Message>>,
    rendered: BTreeMap<String, Vec<[Rendered; 2]>>,
    masked: Vec<Masked>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Rendered {
    Text(String),
    Error(String),
}

#[derive(Deserialize)]
struct Masked {
    ids: Vec<u32>,
    mask: Vec<u8>,
}

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/chat.json");
    serde_json::from_slice(&std::fs::read(path).expect("a golden file")).expect("texts of templates")
});

/// A tokenizer whose folder holds these files beside it.
fn loaded(files: &[(&str, String)]) -> Tokenizer {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tokenizer = [("tokenizer.json", GOLDEN.tokenizer.to_string())];
    for (name, content) in files.iter().chain(&tokenizer) {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    Tokenizer::load(folder.path()).expect("a tokenizer")
}

/// The tokenizer that brings this template in its `tokenizer_config.json`.
fn bringing(template: &str) -> Tokenizer {
    let mut config = GOLDEN.special.clone();
    config["chat_template"] = json!(template);
    loaded(&[("tokenizer_config.json", config.to_string())])
}

fn turns(messages: &[Message]) -> Vec<Turn> {
    messages.iter().map(|Message { role, content }| Turn { role: role.clone(), content: content.clone() }).collect()
}

fn outcome(rendered: Result<String, DataError>) -> Rendered {
    rendered.map_or_else(|error| Rendered::Error(error.to_string()), Rendered::Text)
}

/// The reason stands within a sentence.
fn agree(found: &Rendered, expected: &Rendered) -> bool {
    match (found, expected) {
        (Rendered::Error(found), Rendered::Error(expected)) => found.contains(expected.as_str()),
        _ => found == expected,
    }
}

#[test]
fn templates_write_what_transformers_writes() {
    for (name, rendered) in &GOLDEN.rendered {
        let template = ChatTemplate::of(&bringing(&GOLDEN.templates[name])).expect("a template");
        for (messages, [text, prompt]) in GOLDEN.conversations.iter().zip(rendered) {
            let turns = turns(messages);
            for (found, expected) in [(template.text(&turns), text), (template.prompt(&turns), prompt)] {
                let found = outcome(found);
                assert!(agree(&found, expected), "{name}: {turns:?}\nfound    {found:?}\nexpected {expected:?}");
            }
        }
    }
}

fn row(cells: &[(&str, Cell)]) -> Row {
    let cells = cells.iter().map(|(name, cell)| ((*name).into(), cell.clone())).collect();
    Row { place: Place { file: "here".into(), line: 7 }, cells }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn messages(turns: &[Turn]) -> Row {
    let field = |name: &str, value: &str| (name.to_owned(), text(value));
    let message = |turn: &Turn| Cell::Record(vec![field("role", &turn.role), field("content", &turn.content)]);
    row(&[("messages", Cell::List(turns.iter().map(message).collect()))])
}

fn learned(tokenizer: &Tokenizer, row: Row, learned: Learned, most: usize) -> Result<Conversation, DataError> {
    let template = ChatTemplate::of(tokenizer).expect("a template");
    let rows = Box::new(std::iter::once(Ok(row)));
    let mut all: Vec<_> = Examples { tokenizer, most }.conversations(rows, (&template, learned), &mut |_| ())?;
    Ok(all.remove(0))
}

/// Every token is predicted from those before it, and only those of the assistant count.
#[test]
fn answers_are_learned_as_transformers_masks_them() {
    let tokenizer = bringing(&GOLDEN.templates["generation"]);
    let mut compared = 0;
    for (messages_of, Masked { ids, mask }) in GOLDEN.conversations.iter().zip(&GOLDEN.masked) {
        let turns = turns(messages_of);
        let Some(last) = mask.iter().rposition(|&bit| bit == 1) else {
            let error = learned(&tokenizer, messages(&turns), Learned::Answers, 1000).expect_err("nothing to learn");
            assert!(error.to_string().contains("the assistant says nothing"), "{error}");
            continue;
        };
        let found = learned(&tokenizer, messages(&turns), Learned::Answers, 1000).expect("a conversation");
        assert_eq!(found.inputs, ids[..last], "{turns:?}");
        let expected = (1..=last).map(|place| if mask[place] == 1 { ids[place] as i32 } else { IGNORED });
        assert_eq!(found.targets, expected.collect::<Vec<_>>(), "{turns:?}");
        compared += 1;
    }
    assert_eq!(compared, 5);
}

fn exchange(prompt: &str, completion: &str) -> Row {
    row(&[("prompt", text(prompt)), ("completion", text(completion))])
}

#[test]
fn all_of_a_conversation_may_be_learned() {
    let tokenizer = bringing(&GOLDEN.templates["chatml"]);
    let found = learned(&tokenizer, exchange("What?", "That."), Learned::All, 1000).expect("a conversation");
    let whole = tokenizer.encode("<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\nThat.<|im_end|>\n");
    let whole = whole.expect("any text");
    assert_eq!(found.inputs, whole[..whole.len() - 1]);
    assert_eq!(found.targets, whole[1..].iter().map(|&id| id as i32).collect::<Vec<_>>());
}

#[test]
fn long_conversations_lose_their_beginning() {
    let tokenizer = bringing(&GOLDEN.templates["chatml"]);
    let whole = learned(&tokenizer, exchange("What?", "That."), Learned::Answers, 1000).expect("a conversation");
    let length = whole.inputs.len();
    assert!(!whole.cut);
    for most in [1, 3, length - 1, length] {
        let found = learned(&tokenizer, exchange("What?", "That."), Learned::Answers, most).expect("a conversation");
        assert_eq!(found.cut, most < length, "{most}");
        assert_eq!(
            (&found.inputs[..], &found.targets[..]),
            (&whole.inputs[length - most..], &whole.targets[length - most..])
        );
    }
}

#[test]
fn conversations_of_unlike_lengths_make_a_table() {
    let conversation = |inputs: &[u32], targets: &[i32]| Conversation {
        inputs: inputs.to_vec(),
        targets: targets.to_vec(),
        cut: false,
    };
    let [short, long] = [conversation(&[3, 4], &[IGNORED, 5]), conversation(&[6, 7, 8], &[IGNORED, IGNORED, 9])];
    let batch = conversed(&[&short, &long], 2);
    assert_eq!((batch.rows, batch.length), (2, 3));
    assert_eq!(batch.inputs, [3, 4, 2, 6, 7, 8]);
    assert_eq!(batch.targets, [IGNORED, 5, IGNORED, IGNORED, IGNORED, 9]);
}

/// The ids that may end an answer, as texts.
fn endings(template: &str) -> Vec<String> {
    let tokenizer = bringing(template);
    let template = ChatTemplate::of(&tokenizer).expect("a template");
    template.endings().iter().map(|id| tokenizer.decode(&[*id]).expect("an id of its own")).collect()
}

#[test]
fn answers_end_with_the_texts_end_or_with_what_the_template_puts_there() {
    assert_eq!(endings(&GOLDEN.templates["chatml"]), ["</s>", "<|im_end|>"]);
    assert_eq!(endings(&GOLDEN.templates["llama-2"]), ["</s>"]);
    assert_eq!(endings("{% for m in messages %}{{ m.content }}{% endfor %}"), ["</s>"]);
}

fn learned_tokenizer(recipe: &Recipe) -> Tokenizer {
    let documents = vec!["### user: a question, and ### assistant: an answer to it".repeat(9)];
    Tokenizer::build(recipe, &Text { documents }, &mut |_| ()).expect("built")
}

#[test]
fn who_brings_no_template_has_the_built_in_one() {
    let tokenizer = learned_tokenizer(&Recipe::Bytes { vocabulary: 300 });
    let turns = [Turn::system("Be brief."), Turn::user("a question"), Turn::assistant("an answer")];
    let template = ChatTemplate::of(&tokenizer).expect("it has a token that ends texts");
    let before = "### system:\nBe brief.\n### user:\na question\n### assistant:\n";
    assert_eq!(template.prompt(&turns[..2]).expect("any turns"), before);
    assert_eq!(template.text(&turns).expect("any turns"), format!("{before}an answer<|endoftext|>\n"));
    assert_eq!(tokenizer.template(), None);
    assert_eq!(template.endings(), [tokenizer.end().expect("it has one")]);
    let conversing = tokenizer.conversing();
    assert_eq!(
        ChatTemplate::of(&conversing).expect("the same").text(&turns).expect("any turns"),
        format!("{before}an answer<|endoftext|>\n")
    );
    for without_end in [learned_tokenizer(&Recipe::Characters), learned_tokenizer(&Recipe::Characters).conversing()] {
        assert!(matches!(ChatTemplate::of(&without_end), Err(DataError::NoClosing)));
    }
}

#[test]
fn a_template_is_found_beside_the_tokenizer() {
    let named =
        json!({"chat_template": [{"name": "tools", "template": "no"}, {"name": "default", "template": "usual"}]});
    let config = ("tokenizer_config.json", named.to_string());
    assert_eq!(loaded(&[]).template(), None);
    assert_eq!(loaded(std::slice::from_ref(&config)).template(), Some("usual"));
    assert_eq!(loaded(&[config, ("chat_template.jinja", "own file".to_owned())]).template(), Some("own file"));
}

#[test]
fn rows_hold_conversations_under_three_names() {
    let pair = [Turn::user("a"), Turn::assistant("b")];
    assert_eq!(Turn::of(&exchange("a", "b")).expect("a pair"), pair);
    assert_eq!(Turn::of(&row(&[("source", text("a")), ("target", text("b"))])).expect("a pair"), pair);
    assert_eq!(Turn::of(&messages(&pair)).expect("messages"), pair);
    let told = row(&[("system", text("s")), ("prompt", text("a")), ("completion", text("b"))]);
    assert_eq!(Turn::of(&told).expect("three")[0], Turn::system("s"));
}

#[test]
fn rows_that_hold_none_are_named() {
    let error = |row: &Row| Turn::of(row).expect_err("no conversation").to_string();
    assert_eq!(
        error(&row(&[("text", text("a"))])),
        "here:7: there is no conversation; `messages`, or `prompt` and `completion`, were expected; say in `data.columns` which columns \
         are that"
    );
    assert!(error(&messages(&[])).starts_with("here:7: there are no messages;"));
    let number = row(&[("messages", Cell::List(vec![Cell::Integer(1)]))]);
    assert!(error(&number).contains("a message is not an object with the texts `role` and `content`"));
    let many: Vec<Turn> = (0..1025).map(|_| Turn::user("a")).collect();
    assert!(error(&messages(&many)).contains("there are 1025 messages, and 1024 are the most"));
    assert!(error(&row(&[("messages", text("a"))])).contains("a list of messages, found text"));
}

/// Of a template that is somebody else's.
#[test]
fn templates_that_cannot_be_are_refused() {
    let refused = |template: &str| ChatTemplate::of(&bringing(template)).expect_err("unfit").to_string();
    assert!(refused("{% for %}").contains("the chat template cannot be used: unexpected"), "{}", refused("{% for %}"));
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}";
    assert!(refused(endless).contains("engine ran out of fuel"), "{}", refused(endless));
    let itself = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}";
    assert!(refused(itself).contains("recursion"), "{}", refused(itself));
}

#[test]
fn something_is_read_before_an_answer() {
    let tokenizer =
        bringing("{% for message in messages if message.role == 'assistant' %}{{ message.content }}{% endfor %}");
    let template = ChatTemplate::of(&tokenizer).expect("a template");
    let error = template.asked(&[Turn::user("a")], &tokenizer).expect_err("nothing to read").to_string();
    assert!(error.contains("it writes nothing before an answer"), "{error}");
    assert_eq!(template.asked(&[Turn::assistant("a")], &tokenizer).expect("an `a`").len(), 1);
    let error = learned(&tokenizer, exchange("a", "b"), Learned::Answers, 9).expect_err("one token").to_string();
    assert!(error.contains("the assistant says nothing"), "{error}");
}

/// Where an answer begins must not depend on what follows it.
#[test]
fn templates_that_rewrite_the_past_teach_no_answers() {
    let counting =
        "{{ messages | length }}{% for message in messages %}{{ message.role }} {{ message.content }}{% endfor %}";
    let tokenizer = bringing(counting);
    let two = [Turn::user("a"), Turn::assistant("b"), Turn::user("c"), Turn::assistant("d")];
    let error = learned(&tokenizer, messages(&two), Learned::Answers, 100).expect_err("it counts").to_string();
    assert!(error.starts_with("here:7: the text cannot be encoded"), "{error}");
    assert!(learned(&tokenizer, messages(&two), Learned::All, 100).is_ok());
}
