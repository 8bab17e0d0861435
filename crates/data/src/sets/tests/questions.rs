use super::*;

#[test]
fn labels_stand_before_sentences() {
    let made = Made::new(&[("a", "4 a fine film .\n0 no .\n"), ("bad", "4\n")]);
    let rows = made.rows("kind = \"labelled\"", &["a"]).expect("read");
    assert_eq!(
        (texts(&rows, "label"), texts(&rows, "text")[0].as_str()),
        (vec!["4".to_owned(), "0".into()], "a fine film .")
    );
    let expected = format!("bad:1: expected a label, a space and a sentence, found \"4\"{COMPARE}");
    assert_eq!(made.error("kind = \"labelled\"", &["bad"]), expected);
}

#[test]
fn trec_is_latin_1_and_has_two_labels() {
    let made = Made::new(&[
        ("a", b"LOC:other What is a sister\xf0city in Espa\xf1a ?\n".to_vec()),
        ("bad", b"LOC What\n".to_vec()),
    ]);
    let rows = made.rows("kind = \"trec\"", &["a"]).expect("read");
    assert_eq!(rows[0].text("text").expect("text"), "What is a sister city in España ?");
    assert_eq!((rows[0].text("coarse").expect("text"), rows[0].text("fine").expect("text")), ("LOC", "LOC:other"));
    let expected = format!("bad:1: expected `COARSE:fine question`, found \"LOC What\"{COMPARE}");
    assert_eq!(made.error("kind = \"trec\"", &["bad"]), expected);
}

#[test]
fn scan_has_commands_and_actions() {
    let made = Made::new(&[("a", "IN: run twice OUT: I_RUN I_RUN\n"), ("bad", "IN: run twice\n")]);
    let rows = made.rows("kind = \"scan\"", &["a"]).expect("read");
    assert_eq!(
        (texts(&rows, "source"), texts(&rows, "target")),
        (vec!["run twice".to_owned()], vec!["I_RUN I_RUN".to_owned()])
    );
    let expected = format!("bad:1: expected `IN: command OUT: actions`, found \"IN: run twice\"{COMPARE}");
    assert_eq!(made.error("kind = \"scan\"", &["bad"]), expected);
}

#[test]
fn squad_has_questions_with_and_without_answers() {
    let json = r#"{"version": "2", "data": [{"title": "t", "paragraphs": [{"context": "Äpfel are red", "qas": [
        {"id": "1", "question": "Which color?", "answers": [{"text": "red", "answer_start": 10}]},
        {"id": "2", "question": "Whose?", "answers": [], "is_impossible": true}]}]}]}"#;
    let made = Made::new(&[("a.json", json), ("bad.json", "{\n\"data\": 3}")]);
    let rows = made.rows("kind = \"squad\"", &["a.json"]).expect("read");
    assert_eq!(rows[0].cell("answers"), Some(&list(&["red"])));
    assert_eq!(rows[0].cell("starts"), Some(&Cell::List(vec![Cell::Integer(10)])));
    assert_eq!((rows[1].text("question").expect("text"), rows[1].cell("answers")), ("Whose?", Some(&list(&[]))));
    let error = made.error("kind = \"squad\"", &["bad.json"]);
    assert!(error.starts_with("bad.json:2: expected a record in JSON with the fields of its layout, found"), "{error}");
}

#[test]
fn prompts_are_those_of_lm_evaluation_harness() {
    let read = |query: &str, prompt: &str| {
        let record = serde_json::json!({"query": query, "choices": ["no", "yes"], "gold": 1});
        let made = Made::new(&[("a.jsonl", record.to_string())]);
        let rows = made.rows(&format!("kind = \"endings\"\nprompt = \"{prompt}\""), &["a.jsonl"]).expect("read");
        assert_eq!(rows[0].cell("answer"), Some(&Cell::Integer(1)));
        (rows[0].text("context").expect("text").to_owned(), rows[0].cell("endings").expect("endings").clone())
    };
    assert_eq!(read("Question: Why?", "answer"), ("Question: Why?\nAnswer:".into(), list(&["no", "yes"])));
    assert_eq!(read("Question: Why?\n", "answer").0, "Question: Why?\nAnswer:");
    assert_eq!(read("Passage: P.\nQuestion: is it?", "passage").0, "P.\nQuestion: is it?\nAnswer:");
    assert_eq!(read("It fell, because", "connective"), ("It fell because".into(), list(&[" no", " yes"])));
    assert_eq!(read("It fell, because", "as-is").0, "It fell, because");
}

#[test]
fn beginnings_share_an_ending() {
    let record =
        |ending: &str| serde_json::json!({"context_options": ["A so A", "A so B"], "continuation": ending, "gold": 0});
    let made = Made::new(&[("a", record("ran.").to_string()), ("b", record(".").to_string())]);
    let read = |kind: &str, file: &str| {
        let rows = made.rows(&format!("kind = \"beginnings\"\nending = \"{kind}\""), &[file]).expect("read");
        assert_eq!(rows[0].cell("contexts"), Some(&list(&["A so A", "A so B"])));
        texts(&rows, "ending")[0].clone()
    };
    assert_eq!([read("stripped", "a"), read("spaced", "a"), read("spaced", "b")], ["ran.", " ran.", "."]);
}

#[test]
fn passages_end_in_a_word_and_sums_in_a_result() {
    let made = Made::new(&[
        ("word", r#"{"context": "I said", "continuation": "so"}"#),
        ("sum", r#"{"context": "1+1?", "chain_of_thought": "It is 2.", "answer": "2"}"#),
    ]);
    assert_eq!(texts(&made.rows("kind = \"last-word\"", &["word"]).expect("read"), "completion"), [" so"]);
    let rows = made.rows("kind = \"solutions\"", &["sum"]).expect("read");
    assert_eq!(texts(&rows, "context"), ["Question: 1+1?\nAnswer:"]);
    assert_eq!(texts(&rows, "completion"), [" It is 2.\n#### 2"]);
    assert_eq!(rows[0].cell("answers"), Some(&list(&["2"])));
}

/// Expected texts: `process_docs` of lm-evaluation-harness applied to these records by hand.
#[test]
fn hellaswag_is_cleaned() {
    let record = r#"{"activity_label": "Baking", "ctx_a": "A cook  stands. [step] Mix", "ctx_b": "THE Cook",
        "endings": [" stirs [title] Eat [substeps] now", "leaves [open"], "label": 1, "ind": 3}"#;
    let made = Made::new(&[
        ("a", record.replace('\n', " ")),
        ("test", record.replace('\n', " ").replace("\"label\": 1, ", "")),
    ]);
    let rows = made.rows("kind = \"hellaswag\"", &["a"]).expect("read");
    assert_eq!(texts(&rows, "context"), ["Baking: A cook stands. Mix The cook"]);
    assert_eq!(rows[0].cell("endings"), Some(&list(&["stirs. Eat now", "leaves [open"])));
    assert_eq!(rows[0].cell("answer"), Some(&Cell::Integer(1)));
    assert_eq!(made.rows("kind = \"hellaswag\"", &["test"]).expect("read")[0].cell("answer"), Some(&Cell::Missing));
}

#[test]
fn an_answer_that_is_no_choice_and_a_broken_line_are_named() {
    let good = r#"{"query": "q", "choices": ["a", "b"], "gold": 0}"#;
    let made =
        Made::new(&[("a", format!("{good}\n{}", good.replace("0}", "2}"))), ("b", format!("{good}\n{{\"query\": \n"))]);
    let layout = "kind = \"endings\"\nprompt = \"as-is\"";
    let expected = format!("a:2: expected an answer among 2 choices, counted from 0, found 2{COMPARE}");
    assert_eq!(made.error(layout, &["a"]), expected);
    let error = made.error(layout, &["b"]);
    assert!(error.starts_with("b:2: expected a record in JSON with the fields of its layout, found EOF"), "{error}");
}
