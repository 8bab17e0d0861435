//! Evaluations in a run's folder: `evaluations/<name>-<split>.json`, the newest of each split.

use std::{
    fs,
    path::{Path, PathBuf},
};

use attentive_files::write_atomically;

use super::Evaluation;
use crate::TrainerError;

const FOLDER: &str = "evaluations";

impl Evaluation {
    /// Keeps it in the run's folder, in place of an older one on the same split.
    pub fn keep(&self, run: &Path) -> Result<PathBuf, TrainerError> {
        let folder = run.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|source| TrainerError::Folder { path: folder.clone(), source })?;
        let path = folder.join(file(&self.on));
        let text = serde_json::to_string(self).expect("numbers and names");
        write_atomically(&path, text.as_bytes())?;
        Ok(path)
    }

    /// All that the run's folder holds, by split.
    pub(crate) fn kept(run: &Path) -> Result<Vec<Self>, TrainerError> {
        let Ok(entries) = fs::read_dir(run.join(FOLDER)) else { return Ok(Vec::new()) };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| read(path)).collect()
    }
}

fn file(on: &str) -> String {
    let plain =
        |character: char| if character.is_ascii_alphanumeric() || "-_.".contains(character) { character } else { '-' };
    format!("{}.json", on.chars().map(plain).collect::<String>())
}

fn read(path: &Path) -> Result<Evaluation, TrainerError> {
    let damaged = |reason: String| TrainerError::Evaluation { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Measure;

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().expect("a place for tests");
        let measures = vec![Measure::share("accuracy", [true, false])];
        let evaluation = Evaluation { on: "copa:validation".to_owned(), step: 3, language: None, measures };
        let path = evaluation.keep(folder.path()).expect("the folder can be written to");
        assert!(path.ends_with("evaluations/copa-validation.json"));
        assert_eq!(Evaluation::kept(folder.path()).expect("they can be read"), [evaluation]);
        fs::write(&path, "{").expect("it can be written to");
        let error = Evaluation::kept(folder.path()).expect_err("it is damaged").to_string();
        assert!(error.contains("copa-validation.json") && error.contains("attentive evaluate"), "{error}");
    }
}
