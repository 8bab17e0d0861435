//! Files in, scores out; what the scores are is tested where they are computed.

use super::*;

struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a place for tests");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("it can be written to");
        }
        Self(folder)
    }

    fn scoring(&self, by: By, references: &[&str]) -> Scoring {
        let path = |name: &str| self.0.path().join(name);
        let references = references.iter().map(|name| path(name)).collect();
        Scoring { by, predictions: path("p"), references, baseline: None, resamples: 100, seed: 1 }
    }

    fn score(&self, by: By) -> Scored {
        self.scoring(by, &["r"]).run().expect("they can be scored")
    }

    fn error(&self, by: By, references: &[&str]) -> String {
        let text = self.scoring(by, references).run().expect_err("they cannot be scored").to_string();
        text.replace(&*self.0.path().to_string_lossy(), "")
    }
}

fn near(found: Option<f64>, expected: f64) {
    let found = found.expect("the score exists");
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn translations_are_scored_with_a_signature() {
    let files = Files::new(&[("p", "the cat sat on the mat\n"), ("r", "the cat sat on the mat\n")]);
    let scored = files.score(By::Bleu(Bleu::default()));
    near(scored.score, 100.0);
    assert!(
        scored.signature.starts_with("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:"),
        "{}",
        scored.signature
    );
    assert_eq!(scored.details["hypothesis_length"], 6);
    near(files.score(By::Ter(Ter::default())).score, 0.0);
    near(files.score(By::Chrf(Chrf::default())).score, 100.0);
}

#[test]
fn labels_are_classes() {
    let files = Files::new(&[("p", "1\n0\n1\n1\n"), ("r", "1\n0\n0\n1\n")]);
    near(files.score(By::Accuracy).score, 0.75);
    near(files.score(By::F1(Average::Fitting)).score, 0.8);
    near(files.score(By::F1(Average::Binary("0".to_owned()))).score, 2.0 / 3.0);
    near(files.score(By::F1(Average::Macro)).score, (0.8 + 2.0 / 3.0) / 2.0);
    near(files.score(By::Matthews).score, 1.0 / 3.0_f64.sqrt());
    assert!(files.error(By::F1(Average::Binary("2".to_owned())), &["r"]).contains("the labels are 0, 1"));
}

#[test]
fn numbers_are_correlated() {
    let files = Files::new(&[("p", "1\n2\n3\n"), ("r", "1\n4\n9\n"), ("c", "1\n1\n1\n"), ("bad", "1\ntwo\n3\n")]);
    near(files.score(By::Spearman).score, 1.0);
    assert_eq!(files.scoring(By::Pearson, &["c"]).run().expect("constant").score, None);
    assert_eq!(files.error(By::Pearson, &["bad"]), "/bad:2: `two` is not a number, and the score compares numbers");
}

#[test]
fn answers_are_read_as_squad_does() {
    let files = Files::new(&[("p", "The Cat!\n\n"), ("r", "a dog\n\n"), ("s", "cat\n\n")]);
    let exact = |names: &[&str]| files.scoring(By::SquadExact, names).run().expect("they can be scored").score;
    near(exact(&["r"]), 0.5);
    near(exact(&["r", "s"]), 1.0);
}

#[test]
fn two_systems_are_told_apart() {
    let right = "1\n".repeat(100);
    let files = Files::new(&[("p", &right), ("r", &right), ("b", &"1\n0\n".repeat(50))]);
    let scoring = Scoring { baseline: Some(files.0.path().join("b")), ..files.scoring(By::Accuracy, &["r"]) };
    let against = scoring.run().expect("they can be scored").against_baseline.expect("a baseline was given");
    assert_eq!((against.baseline, against.difference), (Some(0.5), 0.5));
    assert!(against.p_value < 0.02 && against.interval[0] > 0.3, "{against:?}");
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let files = Files::new(&[("p", "a\nb\n"), ("r", "a\n"), ("e", "")]);
    assert_eq!(
        files.error(By::Accuracy, &["r"]),
        "/p has 2 lines and /r has 1; each line of the one answers a line of the other"
    );
    assert_eq!(files.error(By::Accuracy, &["e"]), "/e cannot be scored: it is empty, and a line an item was expected");
    assert!(files.error(By::Accuracy, &["absent"]).contains("/absent cannot be scored: No such file"));
}
